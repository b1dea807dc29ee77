using LoNas.Cli.Flags;
using LoNas.Cli.Model;
using LoNas.Cli.Options;
using LoNas.Evaluation;
using LoNas.Search;
using static TorchSharp.torch;

namespace LoNas.Cli.Train;

/// <summary>What to do with what a run has trained, searched or tested.</summary>
internal static class RunNextStep
{
    private const int UsualRecords = 100;

    /// <summary>What of the data and the answers a search asks for as the run did.</summary>
    private static readonly string[] Kept =
        ["bf16", "fp16", "dataset_path", "task_file", "encoding", "cutoff_len", "train_on_inputs", "num_beams",
            "max_new_tokens"];

    /// <param name="options">The run's.</param>
    /// <param name="suite">What it was trained for.</param>
    /// <param name="isElastic">Whether its adapter can be cut.</param>
    /// <param name="records">Records of its data; null where they were not read.</param>
    public static NextStep Of(RunOptions options, TaskSuite suite, bool isElastic, int? records)
    {
        var output = options.Output.OutputDir;
        var adapter = options.Training.DoTrain ? output : options.Adapter.LoraWeights;
        if (adapter is null)
        {
            return NextSteps.Generate(options.Model, null);
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
            : options.Training.DoTrain ? Search(options, suite, adapter, records)
            : NextSteps.Extract(options.Model, options.Adapter);
    }

    private static NextStep Search(RunOptions options, TaskSuite suite, string adapter, int? records)
    {
        bool isSplit = options.Data.ValSetSize > 0;
        int validation = isSplit ? options.Data.ValSetSize : Math.Min(UsualRecords, records ?? UsualRecords);
        return NextStep
            .With("search", isSplit ? "search it for small and good sub-adapters"
                : "search it for small sub-adapters, judged by records that it was trained on, since --val_set_size "
                    + "set none aside")
            .Give("model_name_or_path", options.Model.ModelNameOrPath)
            .Give("model_revision", options.Model.ModelRevision)
            .Give("lora_weights", adapter)
            .Keep(RunOptions.Table, options, Kept.Contains)
            .Give("dtype", options.Model.Dtype == ScalarType.Float32 ? "f32" : null)
            .Give("search_tasks", suite == TaskSuite.Commonsense ? "commonsense" : null)
            .Give("val_set_size", $"{validation}")
            .Give("output_dir", adapter);
    }
}
