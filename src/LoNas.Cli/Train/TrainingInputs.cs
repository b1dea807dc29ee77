using LoNas.Cli.Flags;
using LoNas.Cli.Model;
using LoNas.Cli.Output;
using LoNas.Formats.Peft;

namespace LoNas.Cli.Train;

/// <summary>The files of the user's that a training reads and may not replace.</summary>
internal static class TrainingInputs
{
    /// <summary>
    /// All of them. The configuration may be the run's own copy, which stays as it is, and a chosen result is none of a
    /// training's files.
    /// </summary>
    public static IEnumerable<string?> Of(
        RunOptions options, RunData data, ElasticModel model, ConsoleReporter console)
    {
        bool isOwnCopy = model.Configuration is { } configuration
            && AdapterManifest.HasCopy(options.Output.OutputDir, configuration);
        return RunInputs.Of(options, data, console).OfType<string>().Where(input =>
            !(isOwnCopy && input == options.Adapter.NncfConfig)
            && !(input == options.Adapter.Choice.File && OutputEntries.IsResult(input)));
    }
}
