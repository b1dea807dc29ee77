using LoNas.Cli.Flags;
using LoNas.Cli.Model;
using LoNas.Cli.Options;
using LoNas.Search;

namespace LoNas.Cli.Train;

/// <summary>What to do with what a run has trained, searched or tested.</summary>
internal static class RunNextStep
{
    /// <param name="options">The run's.</param>
    /// <param name="data">What it was trained on.</param>
    /// <param name="isElastic">Whether its adapter can be cut.</param>
    public static NextStep Of(RunOptions options, RunData data, bool isElastic)
    {
        var output = options.Output.OutputDir;
        var adapter = options.Training.DoTrain ? output : options.Adapter.LoraWeights;
        if (adapter is null)
        {
            return options.Glue is null ? NextSteps.Generate(options.Model, null) : NextSteps.Inspect(options.Model);
        }

        if (!isElastic)
        {
            return NextSteps.Merge(options.Model, adapter);
        }

        var own = new AdapterFlags
        {
            LoraWeights = adapter,
            NncfConfig = options.Training.DoTrain ? null : options.Adapter.NncfConfig, // trained ones have a copy
        };
        var best = Path.Combine(output, SearchFiles.Best);
        bool isSearched = options.Search.DoSearch || (options.Training.DoTrain && File.Exists(best));
        return isSearched && SearchFiles.BestIsSmaller(output) ? NextSteps.Extract(
                options.Model, own with { SubAdapter = best }, "make what was found a smaller model of its own")
            : isSearched ? NextSteps.Extract(
                options.Model, own, "make the heuristic sub-adapter, in the middle of all, a smaller model of its own")
            : options.Training.DoTrain ? data.SearchStep(adapter)
            : NextSteps.Extract(options.Model, options.Adapter);
    }
}
