using System.Globalization;
using System.Text.Json.Nodes;
using LoNas.Cli.Flags;
using LoNas.Cli.Output;
using LoNas.Evaluation.Glue;
using LoNas.Hub;
using LoNas.Storage;

namespace LoNas.Cli.Evaluate;

/// <summary>Judges a classifier by the validation texts of tasks of GLUE.</summary>
internal sealed class GlueEvaluateRun(EvaluateOptions options, ElasticModel model, ConsoleReporter console)
{
    /// <summary>Reads the texts, before anything long is begun.</summary>
    public static IReadOnlyList<(GlueTask Task, GluePart Part)> Load(
        EvaluateOptions options, ConsoleReporter console) =>
    [
        .. TaskNames.OfGlue(options.Tasks).SelectMany(task => task.Parts.Select((part, place) =>
        {
            var texts = GlueData.Load(
                task, options.GlueDir, GlueSplit.Validation, part,
                HubSettings.FromEnvironment(Environment.GetEnvironmentVariable), new ConsoleLogger(console));
            return (task, new GluePart(
                place == 0 ? "" : "_mm", options.Limit is { } first ? [.. texts.Take(first)] : texts));
        })),
    ];

    /// <summary>The labels of the tasks, which must have the same; null of numbers.</summary>
    /// <exception cref="ArgumentException">They have others.</exception>
    public static IReadOnlyList<string>? LabelsOf(IReadOnlyList<(GlueTask Task, GluePart Part)> sets)
    {
        var first = sets[0].Task;
        var other = sets.FirstOrDefault(set => !set.Task.Labels.SequenceEqual(first.Labels)).Task;
        return other is null
            ? first.IsRegression ? null : first.Labels
            : throw new ArgumentException(
                $"--tasks names {TaskNames.Glue}{first.Name} and {TaskNames.Glue}{other.Name}, whose labels differ, "
                + "and a classifier has labels of one kind; evaluate each with its own");
    }

    /// <summary>Judges, and writes the results where a folder is given.</summary>
    public JsonObject Execute(
        IReadOnlyList<(GlueTask Task, GluePart Part)> sets, bool shows, CancellationToken cancel)
    {
        var folder = options.Output.OutputDir;
        OwnResults.RequirePlaces(
            folder, options.Output.Overwrite,
            [options.Adapter.NncfConfig, options.Adapter.Choice.File, console.OptionsFile], [EvaluateRun.ReportFile]);
        var cost = model.CostOf(model.Chosen?.SubAdapter);
        var judged = sets.Select(set =>
        {
            var task = set.Task.Ordered(model.LabelNames);
            var part = set.Part with { Texts = set.Task.Relabel(set.Part.Texts, task) };
            return (Task: task, Part: part, Figures: Testing(task).Measure(part, model.Chosen, cancel));
        }).ToArray();
        var report = new JsonObject
        {
            ["model"] = options.Model.ModelNameOrPath,
            ["lora_weights"] = options.Adapter.LoraWeights,
            ["sub_adapter"] = model.Chosen?.Name,
            ["total_params"] = cost.TotalParameters,
            ["macs"] = cost.Macs,
            ["tasks"] = new JsonArray([.. judged.Select(each => (JsonNode)new JsonObject(
                each.Figures.Json().Prepend(new("task", $"{TaskNames.Glue}{each.Task.Name}{each.Part.Suffix}"))))]),
        };
        if (folder.Length > 0)
        {
            JsonOutput.Save(Path.Combine(folder, EvaluateRun.ReportFile), report);
        }

        foreach (var (task, part, figures) in shows ? judged : [])
        {
            console.Table(
                string.Create(CultureInfo.InvariantCulture,
                    $"{task.Name}{part.Suffix}: {figures.Count} validation texts, {cost.TotalParameters:N0} "
                    + $"parameters, {cost.Macs / 1e6:N1} M MACs"),
                ["sub-adapter", .. task.MetricNames.Select(name => name.Replace('_', ' ')), "loss"],
                [[model.Chosen?.Name ?? "uncut", .. figures.Row()]]);
        }

        return report;
    }

    private GlueTesting Testing(GlueTask task) => new(
        model, task, options.MaxSeqLength, options.Testing.PerDeviceEvalBatchSize ?? TestingFlags.ClassifierBatch,
        console);
}
