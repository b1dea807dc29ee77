using LoNas.Cli.Model;
using LoNas.Cli.Options;
using LoNas.Cli.Output;
using LoNas.Cli.Train;
using LoNas.Evaluation;

namespace LoNas.Cli.Evaluate;

/// <summary>Measures a base model, an adapter or a sub-adapter on built-in sets or on a user's own task.</summary>
internal static class EvaluateCommand
{
    public static CommandDefinition Definition { get; } = CommandDefinition.Create(
        "evaluate", "measure a model, an adapter or a sub-adapter on test sets or your own task",
        EvaluateTable.Table, options => options.Validate(), Run);

    private static int Run(EvaluateOptions options, ConsoleReporter console, CancellationToken cancel)
    {
        var progress = options.Json ? console.OnError() : console;
        var sets = TaskRecords.Load(TaskNames.Resolve(options.Tasks), options.DatasetsDir, options.Limit);
        using var held = options.OutputDir.Length == 0 ? null : FolderLock.Take(options.OutputDir);
        AbandonedFiles.Remove(options.OutputDir);
        using var model = ModelOpening.OpenCausal(
            new OpenOptions
            {
                Model = options.ModelNameOrPath,
                Revision = options.ModelRevision,
                ElementType = ModelOpening.ElementType(options.Bf16, options.Fp16),
                Device = options.Device,
                Tf32 = options.Tf32,
                Adapter = options.LoraWeights,
                ConfigurationFile = options.NncfConfig,
                SubAdapter = new SubAdapterChoice(options.SubAdapter)
                {
                    MaxMacs = options.MaxMacs,
                    MinAccuracy = options.MinAccuracy,
                },
                Threads = options.Threads,
            },
            progress, cancel);
        var report = new EvaluateRun(options, model, progress).Execute(sets, cancel);
        if (options.Json)
        {
            console.Line(report.ToJson().ToJsonString());
        }
        else
        {
            report.Show(console);
        }

        return ExitCode.Success;
    }
}
