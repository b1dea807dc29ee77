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
        MergeTable.Table, options => options.Validate(), Run);

    private static int Run(MergeOptions options, ConsoleReporter console, CancellationToken cancel)
    {
        TorchStart.Start(options.Threads, console);
        var source = SourceLocation.Find(options.Source, console, cancel);
        if (source.Configuration is not null && !source.IsLimited)
        {
            source = source with { SubAdapter = source.SubAdapter ?? SubAdapterName.Maximal };
        }

        using var bar = new WritingBar(console);
        var extraction = new ExtractionOptions
        {
            OutputDir = options.OutputDir,
            RequireWholeBase = true,
            DType = options.DType,
            MaxShardSize = options.MaxShardSize,
            Verify = !options.NoVerify,
            OnShortage = options.Force ? console.Warn : null,
        };
        var report = Interruption.Explain(
            () => Extractor.Extract(source, extraction, bar.Show, cancel), () => Kept.Nothing(options.OutputDir));
        ExtractionView.Show(report, options.OutputDir, options.Json, console);
        return ExitCode.Success;
    }
}
