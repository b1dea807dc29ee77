using LoNas.Data;
using LoNas.Hub;
using LoNas.Opening;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LoNas.Evaluation.Glue;

/// <summary>A part of a task's data.</summary>
public enum GlueSplit
{
    /// <summary>What is trained on.</summary>
    Train,

    /// <summary>What training and search are judged by.</summary>
    Validation,

    /// <summary>Texts whose labels are kept secret.</summary>
    Test,
}

/// <summary>Finds and reads the data of GLUE's tasks, as GLUE itself and the hub lay them out.</summary>
public static class GlueData
{
    /// <summary>
    /// The texts of a split: of <c>RTE/train.tsv</c>, <c>rte/train.jsonl</c>, or Parquet files such as
    /// <c>rte/train-00000-of-00001.parquet</c>, whichever is there first. Where the folder has nothing of the task,
    /// they are those of <c>nyu-mll/glue</c> in the hub's cache. Nothing is downloaded.
    /// </summary>
    /// <param name="task">The task.</param>
    /// <param name="folder">The folder of all tasks.</param>
    /// <param name="split">The split.</param>
    /// <param name="part">One of the task's <see cref="GlueTask.Parts"/>; training data have none.</param>
    /// <param name="hub">Where the hub's cache is; null looks into none.</param>
    /// <param name="logger">Takes which rows are left out, as Hugging Face's loader leaves them out.</param>
    /// <exception cref="InvalidDataException">There is no such file, or it is damaged; bad rows are listed.</exception>
    public static IReadOnlyList<LabelledText> Load(
        GlueTask task, string folder, GlueSplit split, string part = "", HubSettings? hub = null,
        ILogger? logger = null)
    {
        var places = new GluePlaces(task, folder, hub);
        var (own, name) = (OwnName(split) + part, HubName(split) + part);
        bool needsLabels = split != GlueSplit.Test;
        if (places.OwnFile(own) is { } path)
        {
            // GLUE's file of CoLA has no names, but for its test set.
            bool hasNames = task.Name != "cola" || split == GlueSplit.Test;
            var columns = task.Name == "cola" && hasNames
                ? new TextColumns("sentence", null, null)
                : new TextColumns(task.Files.First, task.Files.Second, task.Files.Label);
            var table = SeparatedFile.Glue(path, hasNames);
            return columns.Read(WithoutLeftOut(task, table, logger ?? NullLogger.Instance), task.Scheme, needsLabels);
        }

        var found = places.HubFiles(name);
        var hubs = new TextColumns(task.First, task.Second, "label");
        return found.Count > 0
            ? [.. found.SelectMany(file => hubs.Read(TableFile.Load(file), task.Scheme, needsLabels))]
            : throw places.Missing(own, name);
    }

    /// <summary>
    /// Rows that Hugging Face's loaders leave out: broken ones of QQP, which GLUE itself published so, and those of
    /// MNLI whose annotators did not agree.
    /// </summary>
    private static DataTable WithoutLeftOut(GlueTask task, DataTable table, ILogger logger)
    {
        int label = table.Find(task.Files.Label);
        string? Label(DataRow row) => label < 0 ? null : row.Cells.ElementAtOrDefault(label).Text;
        Func<DataRow, bool>? isLeftOut = task.Name switch
        {
            "qqp" => row => row.Cells.Count < table.Columns.Count || Label(row) == "",
            "mnli" => row => Label(row) == "-",
            _ => null,
        };
        DataRow[] leftOut = isLeftOut is null ? [] : [.. table.Rows.Where(isLeftOut)];
        if (leftOut.Length == 0)
        {
            return table;
        }

        const int Named = 5;
        var more = leftOut.Length > Named ? $" and {leftOut.Length - Named} more" : "";
        logger.Warn($"{leftOut.Length} of {table.Rows.Count} rows of '{table.Path}' have no "
            + (task.Name == "mnli" ? "label that annotators agree on" : "whole pair with a label")
            + " and are left out, as Hugging Face's loader leaves them out: "
            + string.Join(", ", leftOut.Take(Named).Select(row => row.Place)) + more);
        return DataTable.Of(table.Path, table.Columns, [.. table.Rows.Except(leftOut)], table.HasTypes);
    }

    private static string OwnName(GlueSplit split) => split switch
    {
        GlueSplit.Train => "train",
        GlueSplit.Validation => "dev",
        _ => "test",
    };

    private static string HubName(GlueSplit split) => split switch
    {
        GlueSplit.Train => "train",
        GlueSplit.Validation => "validation",
        _ => "test",
    };
}
