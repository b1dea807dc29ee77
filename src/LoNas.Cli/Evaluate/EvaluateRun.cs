using LoNas.Cli.Output;
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
        FolderLock.RequireNoFile(options.Output.OutputDir);
        OwnResults.RequirePlaces(
            options.Output.OutputDir, options.Output.Overwrite,
            [
                options.Adapter.NncfConfig, options.Adapter.Choice.File, console.OptionsFile,
                .. sets.SelectMany(set => (string?[])[set.Task.DataPath(options.DatasetsDir), set.Task.File?.Path]),
            ],
            [ReportFile, EvaluationRun.JournalFile, .. sets.Select(set => ResultFile.NameOf(chosen?.Name, set.Task))]);
        using var tests = new ShownEvaluation(
            model, chosen, sets, options.Testing.ToOptions(), options.Output.OutputDir,
            options.Output.Overwrite, console);
        var tested = new List<TaskScore>();
        foreach (var set in sets)
        {
            tested.Add(tests.Run(set, cancel));
            if (options.Output.OutputDir.Length > 0)
            {
                ResultFile.Save(options.Output.OutputDir, chosen?.Name, tested[^1].Result);
            }
        }

        var report = new EvaluationReport(
            options.Model.ModelNameOrPath,
            options.Adapter.LoraWeights,
            chosen?.Name,
            model.CostOf(chosen?.SubAdapter),
            tested);
        if (options.Output.OutputDir.Length > 0)
        {
            JsonOutput.Save(Path.Combine(options.Output.OutputDir, ReportFile), report.ToJson());
        }

        tests.Finish();
        return report;
    }
}
