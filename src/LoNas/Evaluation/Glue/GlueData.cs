using LoNas.Data;

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
    /// <c>rte/train-00000-of-00001.parquet</c>, whichever is there first.
    /// </summary>
    /// <param name="task">The task.</param>
    /// <param name="folder">The folder of all tasks.</param>
    /// <param name="split">The split.</param>
    /// <param name="part">One of the task's <see cref="GlueTask.Parts"/>; training data have none.</param>
    /// <exception cref="InvalidDataException">There is no such file, or it is damaged.</exception>
    public static IReadOnlyList<LabelledText> Load(GlueTask task, string folder, GlueSplit split, string part = "")
    {
        var scheme = new LabelScheme(task.Labels);
        bool needsLabels = split != GlueSplit.Test;
        var own = Path.Combine(folder, task.Files.Folder, $"{OwnName(split)}{part}.tsv");
        if (File.Exists(own))
        {
            // GLUE's file of CoLA has no names, but for its test set.
            bool hasNames = task.Files.Folder != "CoLA" || split == GlueSplit.Test;
            var columns = hasNames && task.Files.Folder == "CoLA"
                ? new TextColumns("sentence", null, null)
                : new TextColumns(task.Files.First, task.Files.Second, task.Files.Label);
            return columns.Read(TableFile.LoadGlue(own, hasNames), scheme, needsLabels);
        }

        var found = HubFiles(Path.Combine(folder, task.Name), $"{HubName(split)}{part}");
        var hub = new TextColumns(task.First, task.Second, "label");
        return found.Count > 0
            ? [.. found.SelectMany(path => hub.Read(TableFile.Load(path), scheme, needsLabels))]
            : throw new InvalidDataException(
                $"The task '{task.Name}' has no {HubName(split)}{part} data in '{folder}'; expected "
                + $"'{task.Files.Folder}/{OwnName(split)}{part}.tsv', or '{task.Name}/{HubName(split)}{part}' as .jsonl, "
                + ".json or Parquet files");
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

    /// <summary>The one file of a split, or its Parquet shards in order.</summary>
    private static IReadOnlyList<string> HubFiles(string folder, string name)
    {
        string[] whole = [.. new[] { ".jsonl", ".json", ".parquet" }
            .Select(ending => Path.Combine(folder, name + ending)).Where(File.Exists)];
        return whole.Length > 0 ? whole[..1]
            : Directory.Exists(folder)
                ? [.. Directory.EnumerateFiles(folder, $"{name}-*-of-*.parquet").Order(StringComparer.Ordinal)]
            : [];
    }
}
