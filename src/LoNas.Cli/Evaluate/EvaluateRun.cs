using LoNas.Cli.Model;
using LoNas.Cli.Output;
using LoNas.Cli.Train;
using LoNas.Evaluation;
using LoNas.Storage;

namespace LoNas.Cli.Evaluate;

/// <summary>Tests whatever a model holds on a list of sets, and writes the results where a folder is given.</summary>
internal sealed class EvaluateRun(EvaluateOptions options, ElasticModel model, ConsoleReporter console)
{
    /// <summary>The figures of the whole evaluation; times are theirs alone.</summary>
    public const string ReportFile = "evaluation.json";

    public EvaluationReport Execute(IReadOnlyList<TaskRecords> sets, CancellationToken cancel)
    {
        var chosen = model.Chosen;
        OutputFolder.RequireNoFile(options.OutputDir);
        using var tests = new ShownEvaluation(
            model, chosen, sets, Settings(), options.OutputDir, options.OverwriteOutputDir, console);
        var tested = new List<TaskScore>();
        foreach (var set in sets)
        {
            tested.Add(tests.Run(set, cancel));
            if (options.OutputDir.Length > 0)
            {
                ResultFile.Save(options.OutputDir, chosen?.Name, tested[^1].Result);
            }
        }

        var report = new EvaluationReport(options.ModelNameOrPath, options.LoraWeights, chosen?.Name, model.CostOf(chosen?.SubAdapter), tested);
        if (options.OutputDir.Length > 0)
        {
            JsonOutput.Save(Path.Combine(options.OutputDir, ReportFile), report.ToJson());
        }

        tests.Finish();
        return report;
    }

    private EvaluationOptions Settings() => new()
    {
        NumBeams = options.NumBeams,
        MaxNewTokens = options.MaxNewTokens,
        BatchSize = options.PerDeviceEvalBatchSize,
        ExactOutputs = options.ExactOutputs,
    };
}
