using LoNas.Cli.Model;
using LoNas.Cli.Options;
using LoNas.Cli.Output;
using LoNas.Export.Extraction;

namespace LoNas.Cli.Extract;

/// <summary>Makes a sub-adapter a physically smaller model.</summary>
internal static class ExtractCommand
{
    public static CommandDefinition Definition { get; } = CommandDefinition.Create(
        "extract", "cut a sub-adapter out of its base: a smaller model in a folder of its own",
        ExtractTable.Table, options => options.Validate(), Run);

    private static int Run(ExtractOptions options, ConsoleReporter console, CancellationToken cancel)
    {
        using var model = SourceOpening.Open(options.Source, options.Threads, console, cancel);
        using var bar = new WritingBar(console);
        var extraction = new ExtractionOptions
        {
            OutputDir = options.OutputDir,
            KeepAdapter = options.KeepAdapter,
            PadToUniform = options.PadToUniform,
            DType = options.DType,
            MaxShardSize = options.MaxShardSize,
            Verify = !options.NoVerify,
            OnShortage = options.Force ? console.Warn : null,
        };
        var report = Interruption.Explain(
            () => Extractor.Extract(model, model.Chosen?.SubAdapter, extraction, bar.Show, cancel), () => Kept.Nothing(options.OutputDir));
        ExtractionView.Show(report, options.OutputDir, options.Json, console);
        return ExitCode.Success;
    }
}
