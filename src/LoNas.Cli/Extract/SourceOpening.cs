using LoNas.Cli.Flags;
using LoNas.Cli.Model;
using LoNas.Cli.Output;

namespace LoNas.Cli.Extract;

/// <summary>Opens the model that is to be written in another form.</summary>
internal static class SourceOpening
{
    /// <param name="model">The base model.</param>
    /// <param name="adapter">The adapter and the sub-adapter of it.</param>
    /// <param name="console">Takes warnings.</param>
    /// <param name="cancel">Stops a download.</param>
    /// <param name="byDefault">The sub-adapter where there is a search space and no choice.</param>
    public static ElasticModel Open(
        ModelFlags model, AdapterFlags adapter, ConsoleReporter console, CancellationToken cancel,
        string byDefault = SubAdapterChoice.Heuristic) => ModelOpening.Open(
            model.Opening(adapter) with
            {
                Use = ModelUse.Stored,
                SubAdapter = adapter.Choice with { Default = byDefault },
                NeedsTokenizer = false,
            },
            console, cancel);
}
