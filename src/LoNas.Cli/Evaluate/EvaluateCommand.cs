using LoNas.Cli.Model;
using LoNas.Cli.Options;
using LoNas.Cli.Output;
using LoNas.Cli.Train;

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
        var sets = TestSet.Load(TaskNames.Resolve(options.Tasks), options.DatasetsDir, options.Limit);
        using var held = options.OutputDir.Length == 0 ? null : FolderLock.Take(options.OutputDir);
        AbandonedFiles.Remove(options.OutputDir);
        using var session = ModelSession.Open(
            new ModelRequest
            {
                ModelPath = options.ModelNameOrPath,
                ModelRevision = options.ModelRevision,
                Bf16 = options.Bf16,
                Fp16 = options.Fp16,
                Device = options.Device,
                Tf32 = options.Tf32,
                LoraWeights = options.LoraWeights,
                NncfConfig = options.NncfConfig,
                Threads = options.Threads,
            }.Located(console, cancel),
            progress);
        var report = new EvaluationRun(options, session, progress).Execute(sets, cancel);
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
