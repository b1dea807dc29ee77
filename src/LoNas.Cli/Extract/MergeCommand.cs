using LoNas.Cli.Model;
using LoNas.Cli.Options;
using LoNas.Cli.Output;
using LoNas.Export.Extraction;

namespace LoNas.Cli.Extract;

/// <summary>Merges an adapter into its uncut base.</summary>
internal static class MergeCommand
{
    public static CommandDefinition Definition { get; } = CommandDefinition.Create(
        "merge", "merge an adapter into its uncut base: an ordinary model",
        () => MergeOptions.Table, options => options.Validate(), Run,
        new CommandExample(
            "after the quickstart, its whole adapter merged into the sample model",
            "./lonas merge --model_name_or_path samples/model --lora_weights out/quickstart"
            + " --output_dir out/merged"));

    private static int Run(MergeOptions options, ConsoleReporter console, CancellationToken cancel)
    {
        Extractor.RequirePlace(
            options.Folder.OutputDir, options.Folder.Overwrite, options.Model.ModelNameOrPath,
            options.Adapter.LoraWeights, options.Adapter.NncfConfig, options.Adapter.Choice.File);
        using var model = SourceOpening.Open(
            options.Model, options.Adapter, console, cancel, byDefault: SubAdapterChoice.Maximal);
        using var bar = new WritingBar(console);
        var extraction = new ExtractionOptions
        {
            OutputDir = options.Folder.OutputDir,
            Replace = options.Folder.Overwrite,
            RequireWholeBase = true,
            DType = options.Folder.DType,
            MaxShardSize = options.Folder.MaxShardSize,
            Verify = !options.Writing.NoVerify,
            OnShortage = options.Writing.Force ? console.Warn : null,
        };
        var report = Interruption.Explain(
            () => Extractor.Extract(model, model.Chosen?.SubAdapter, extraction, bar.Show, cancel),
            () => Kept.Nothing(options.Folder.OutputDir));
        new ExtractionView(report, extraction, options.Writing.Json, console).Show();
        if (!options.Writing.Json)
        {
            NextSteps.Written(extraction, report.Loading.LlamaCpp, model.Folder.IsClassifier).Show(console);
        }

        return ExitCode.Success;
    }
}
