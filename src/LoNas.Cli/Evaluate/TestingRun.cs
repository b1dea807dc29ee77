using System.Globalization;
using System.Text.Json.Nodes;
using LoNas.Cli.Flags;
using LoNas.Cli.Output;
using LoNas.Distributed;
using LoNas.Evaluation;
using LoNas.Formats;
using LoNas.Text;

namespace LoNas.Cli.Evaluate;

/// <summary>
/// Tests a sub-adapter on a command's sets; result files and metrics are named as the reference does.
/// </summary>
internal sealed class TestingRun(
    RunOptions options,
    TaskSuite suite,
    ElasticModel model,
    ChosenSubAdapter? chosen,
    bool trained,
    ICollectives ranks,
    ConsoleReporter console)
{
    /// <summary>Tests and writes into the output folder.</summary>
    public void Execute(IReadOnlyList<TaskRecords> sets, CancellationToken cancel)
    {
        using var active = model.Adapter.Use(chosen?.SubAdapter);
        using var tests = new ShownEvaluation(
            model, chosen, sets, options.Testing.ToOptions(), options.Output.OutputDir,
            startAgain: trained || (options.Output.Overwrite && !options.Training.DoTrain), console, ranks);
        var name = suite.ResultName(chosen?.Name);
        var prefix = name is null ? "" : $"{name}_";
        var metrics = CostMetrics(prefix);
        var rows = new List<string[]>();
        foreach (var set in sets)
        {
            var result = tests.Run(set, cancel).Result;
            if (ranks.Rank == 0)
            {
                ResultFile.Save(options.Output.OutputDir, name, result);
            }

            metrics[$"{prefix}{set.Task.Name}_accuracy"] = result.Accuracy;
            rows.Add(
                [set.Task.Name, Percent(result.Accuracy), set.Records.Count.ToString(CultureInfo.InvariantCulture)]);
        }

        double average = sets.Average(set => metrics[$"{prefix}{set.Task.Name}_accuracy"]!.GetValue<double>());
        metrics[$"{prefix}avg_accuracy"] = average;
        if (ranks.Rank == 0)
        {
            MetricsFiles.Save(options.Output.OutputDir, MetricsFiles.EvalResults, metrics);
        }

        tests.Finish();
        console.Table(
            name is null ? null : $"sub-adapter: {name}",
            ["set", "accuracy", "records"],
            [.. rows, ["average", Percent(average), ""]]);
        console.Line($"results: {Path.Combine(options.Output.OutputDir, MetricsFiles.EvalResults)}");
    }

    private static string Percent(double share) => share.ToString("0.0 %", CultureInfo.InvariantCulture);

    private JsonObject CostMetrics(string prefix)
    {
        var nonZero = new JsonObject { [$"{prefix}non_zero_params"] = NonZeroCount.Of(model.AllParameters) };
        if (chosen is null)
        {
            return nonZero;
        }

        var cost = model.Costs.Of(model.Space!, chosen.SubAdapter);
        nonZero[$"{prefix}macs"] = PythonNumber.Text(cost.Macs / 1e6);
        nonZero[$"{prefix}weights"] = cost.Weights.ToString(CultureInfo.InvariantCulture);
        return nonZero;
    }
}
