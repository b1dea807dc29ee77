using System.Globalization;
using System.Text.Json.Nodes;
using LoNas.Adapters;
using LoNas.Cli.Options;
using LoNas.Cli.Output;
using LoNas.Data;
using LoNas.Evaluation;
using LoNas.Files;

namespace LoNas.Cli.Runs;

/// <summary>Tests a sub-adapter on the sets of a command and writes result files and metrics as the reference names them.</summary>
internal sealed class TestingRun(
    RunMathOptions options, ModelSession session, ChosenSubAdapter? chosen, ConsoleReporter console)
{
    /// <summary>A test set with its records, read before anything long is begun.</summary>
    public static IReadOnlyList<(EvaluationTask Task, IReadOnlyList<InstructionRecord> Records)> LoadSets(
        RunMathOptions options, IReadOnlyList<EvaluationTask> tasks) =>
        [.. tasks.Select(task => (task, Limit(InstructionDataset.Load(task.DataPath(options.DatasetsDir), isTestSet: true), options)))];

    /// <summary>Tests and writes into the output folder.</summary>
    public void Execute(
        IReadOnlyList<(EvaluationTask Task, IReadOnlyList<InstructionRecord> Records)> sets, CancellationToken cancel)
    {
        using var active = session.Adapter.Use(chosen?.SubAdapter);
        var name = chosen?.Name;
        var prefix = name is null ? "" : $"{name}_";
        var evaluator = new TaskEvaluator(
            session.Model, session.Tokenizer, options.NumBeams, options.MaxNewTokens, options.PerDeviceEvalBatchSize,
            options.ExactOutputs);
        WarnOfLongPrompts(evaluator, sets);
        var metrics = CostMetrics(prefix, chosen?.SubAdapter);
        var rows = new List<string[]>();
        foreach (var (task, records) in sets)
        {
            var result = Test(evaluator, task, records, cancel);
            SaveRecords(Path.Combine(options.OutputDir, $"{(name is null ? "" : $"{name}.")}{task.Name}.res.json"), result);
            metrics[$"{prefix}{task.Name}_accuracy"] = result.Accuracy;
            rows.Add([task.Name, Percent(result.Accuracy), records.Count.ToString(CultureInfo.InvariantCulture)]);
        }

        double average = sets.Average(set => metrics[$"{prefix}{set.Task.Name}_accuracy"]!.GetValue<double>());
        metrics[$"{prefix}avg_accuracy"] = average;
        RunFiles.SaveMetrics(options.OutputDir, RunFiles.EvalResults, metrics);
        console.Table(name is null ? null : $"sub-adapter: {name}", ["set", "accuracy", "records"], [.. rows, ["average", Percent(average), ""]]);
    }

    private static IReadOnlyList<InstructionRecord> Limit(IReadOnlyList<InstructionRecord> records, RunMathOptions options) =>
        options.MaxTestSamples is { } limit ? [.. records.Take(limit)] : records;

    private static string Percent(double share) => share.ToString("0.0 %", CultureInfo.InvariantCulture);

    private JsonObject CostMetrics(string prefix, SubAdapter? subAdapter)
    {
        if (prefix.Length == 0)
        {
            return [];
        }

        var cost = session.Costs.Of(session.Adapter.Space!, subAdapter!);
        return new JsonObject
        {
            [$"{prefix}non_zero_params"] = NonZeroCount.Of(session.Model),
            [$"{prefix}macs"] = (cost.Macs / 1e6).ToString(CultureInfo.InvariantCulture),
            [$"{prefix}weights"] = cost.Weights.ToString(CultureInfo.InvariantCulture),
        };
    }

    private void WarnOfLongPrompts(
        TaskEvaluator evaluator, IReadOnlyList<(EvaluationTask Task, IReadOnlyList<InstructionRecord> Records)> sets)
    {
        int longest = sets.Max(set => set.Records.Max(record => evaluator.TokensNeeded(set.Task, record)));
        if (longest > session.Folder.Config.MaxPositions)
        {
            console.Warn(
                $"the longest prompt and its response take {longest} tokens and the model was trained for "
                + $"{session.Folder.Config.MaxPositions} positions: positions go on past that");
        }
    }

    private TaskResult Test(
        TaskEvaluator evaluator, EvaluationTask task, IReadOnlyList<InstructionRecord> records, CancellationToken cancel)
    {
        using var bar = console.StartBar($"testing {task.Name}", records.Count);
        var running = new RunningAccuracy(bar);
        return evaluator.Run(task, records, (_, judged) => running.Add(judged), cancel);
    }

    private static void SaveRecords(string path, TaskResult result) =>
        JsonOutput.Save(path, new JsonArray([.. result.Records.Select(Describe)]));

    private static JsonNode Describe(JudgedRecord judged)
    {
        var record = JsonNode.Parse(judged.Record.Source.GetRawText())!.AsObject();
        record["output_pred"] = judged.Response;
        record["pred"] = judged.Prediction.Number is null
            ? judged.Prediction.Choice
            : System.Text.Json.JsonSerializer.SerializeToNode(judged.Prediction.JsonValue);
        record["flag"] = judged.IsRight;
        return record;
    }
}
