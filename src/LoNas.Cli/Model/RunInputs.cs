using LoNas.Cli.Flags;
using LoNas.Cli.Output;

namespace LoNas.Cli.Model;

/// <summary>The files of the user's that a run reads, which nothing that it writes may replace.</summary>
internal static class RunInputs
{
    /// <summary>All but those of the model and of its adapter; null for what is not given.</summary>
    public static IReadOnlyList<string?> Of(RunOptions options, RunData data, ConsoleReporter console) =>
        [.. data.Files, options.Adapter.NncfConfig, options.Adapter.Choice.File, console.OptionsFile];
}
