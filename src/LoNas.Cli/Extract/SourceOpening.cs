using LoNas.Cli.Model;
using LoNas.Cli.Output;

namespace LoNas.Cli.Extract;

/// <summary>Opens what a command's source options mean, to be written in another form.</summary>
internal static class SourceOpening
{
    /// <param name="options">The command's source options.</param>
    /// <param name="threads">Threads of a CPU; null is the number of physical cores.</param>
    /// <param name="console">Takes warnings.</param>
    /// <param name="cancel">Stops a download.</param>
    /// <param name="byDefault">The sub-adapter where there is a search space and no choice.</param>
    public static ElasticModel Open(
        SourceOptions options, int? threads, ConsoleReporter console, CancellationToken cancel,
        string byDefault = SubAdapterChoice.Heuristic)
    {
        var choice = new SubAdapterChoice(options.SubAdapter) { MaxMacs = options.MaxMacs, MinAccuracy = options.MinAccuracy };
        return ModelOpening.Open(
            new OpenOptions
            {
                Model = options.ModelNameOrPath,
                Revision = options.ModelRevision,
                Use = ModelUse.Stored,
                Adapter = options.LoraWeights,
                ConfigurationFile = options.NncfConfig,
                SubAdapter = choice with { Default = byDefault },
                Threads = threads,
                NeedsTokenizer = false,
            },
            console, cancel);
    }
}
