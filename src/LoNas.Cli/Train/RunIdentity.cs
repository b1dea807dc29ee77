using System.Security.Cryptography;
using System.Text.Json.Nodes;
using LoNas.Cli.Flags;
using LoNas.Cli.Model;
using LoNas.Opening;
using LoNas.Storage;
using static TorchSharp.torch;

namespace LoNas.Cli.Train;

/// <summary>
/// What makes a run what it is: its options but the incidental ones, and the content of its data and configuration. Two
/// commands with the same identity are the same run. Training and testing have identities of their own, so that a
/// trained adapter can be tested in other ways.
/// </summary>
internal static class RunIdentity
{
    private static readonly string[] Incidental =
    [
        "output_dir", "overwrite", "resume_from_checkpoint", "dry_run", "verbose", "threads", "device", "tf32", "force",
        "hub_timeout", "exact", "dist", "dist_timeout",
        "per_device_eval_batch_size", "max_skipped_steps", "gradient_checkpointing",
    ];

    private static readonly string[] Testing = [.. RunOptions.Table.Specs.Concat(RunOptions.GlueTable.Specs)
        .Where(spec => spec.Group is RunOptions.TestingGroup or SearchFlags.Heading
            || spec.Name is "datasets_dir" or "max_test_samples" or "test_file" or "max_predict_samples")
        .Select(spec => spec.Name).Distinct()];

    /// <summary>What says where data are, which their content tells.</summary>
    private static readonly string[] Places =
        ["glue_dir", "train_file", "validation_file", "test_file", "eval_dataset_path", "chat_template"];

    /// <summary>How long is trained: the same run may be made longer.</summary>
    private static readonly string[] Length = ["num_train_epochs", "max_steps"];

    /// <summary>
    /// What of a training's identity shows in its logs and checkpoints alone, or is told by the content of a file.
    /// </summary>
    private static readonly string[] NotOfNumbers =
    [
        "save_strategy", "save_steps", "save_total_limit", "save_safetensors", "logging_steps", "report_to", "do_eval",
        "evaluation_strategy", "eval_steps", "dataset_path", "task_file", "nncf_config", "lora_weights", StartHash,
    ];

    private const string StartHash = "lora_weights_sha256";

    private const int MostShown = 20;

    /// <summary>The files of an adapter that a training from it depends on.</summary>
    private static readonly string[] StartFiles =
        ["adapter_config.json", "adapter_model.*", "channel_order.safetensors", "nncf_config.json"];

    /// <summary>What a trained adapter depends on.</summary>
    /// <param name="options">The run's.</param>
    /// <param name="data">What it trains on; null leaves the content out.</param>
    public static JsonObject OfTraining(RunOptions options, RunData? data)
    {
        var identity = Select(options, option => IsOfTraining(option) && !IsTestOfTexts(option, options));
        identity["nncf_config_sha256"] = HashOf(options.Adapter.NncfConfig);
        Add(identity, data?.TrainingIdentity());

        if (options.Adapter.LoraWeights is { } start && Directory.Exists(start))
        {
            // Where it lies does not matter, and a run that went on from it may have moved it.
            identity.Remove("lora_weights");
            identity[StartHash] = ContentHash.Of(ContentHash.Files(start, StartFiles));
        }

        return identity;
    }

    /// <summary>What the results of its search and test depend on besides; null where neither is asked for.</summary>
    public static JsonObject? OfTesting(RunOptions options, RunData data)
    {
        if (!options.Tests && !options.Search.DoSearch)
        {
            return null;
        }

        var identity = Select(options, option => (Testing.Contains(option) && !Incidental.Contains(option))
            || IsTestOfTexts(option, options));
        Add(identity, data.TestingIdentity());
        return identity;
    }

    /// <summary>The hash of a file; null where there is none.</summary>
    public static string? HashOf(string? path)
    {
        if (path is null || !File.Exists(path))
        {
            return null;
        }

        InputPath.RequireFile(path, "file");
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    /// <summary>Whether an option is part of a training's identity.</summary>
    public static bool IsOfTraining(string option) => !Incidental.Contains(option) && !Testing.Contains(option);

    /// <summary>Whether an option of a training's identity makes another run, and not the same one longer.</summary>
    public static bool IsOfRun(string option) => IsOfTraining(option) && !Length.Contains(option);

    /// <summary>Whether an option of a training's identity changes what is computed from a checkpoint on.</summary>
    public static bool ChangesNumbers(string option) => IsOfRun(option) && !NotOfNumbers.Contains(option);

    /// <summary>What of two identities differs, for a message.</summary>
    /// <param name="before">That of the run that was found.</param>
    /// <param name="now">That of the command.</param>
    /// <param name="counts">Which options are looked at.</param>
    public static IReadOnlyList<string> Differences(JsonObject before, JsonObject now, Func<string, bool> counts) =>
    [
        .. now.Select(option => option.Key).Union(before.Select(option => option.Key)).Where(counts)
            .Where(key => !JsonNode.DeepEquals(now[key], before.ContainsKey(key) ? before[key] : Default(key)))
            .Select(key => $"{Excerpt.Of(key)} was {Show(before[key])} and is {Show(now[key])}").Take(MostShown),
    ];

    /// <summary>The options with the length of a run that was found.</summary>
    public static RunOptions WithLength(RunOptions options, JsonObject identity) => options with
    {
        Training = options.Training with
        {
            NumTrainEpochs = Number(identity, "num_train_epochs") ?? options.Training.NumTrainEpochs,
            MaxSteps = (int)(Number(identity, "max_steps") ?? options.Training.MaxSteps),
        },
    };

    private static double? Number(JsonObject identity, string key) =>
        identity[key] is JsonValue value && value.TryGetValue(out double number) ? number : null;

    private static string Show(JsonNode? value) => Excerpt.Of(value?.ToJsonString() ?? "none");

    /// <summary>The value of an option that a folder written by an earlier version does not know.</summary>
    private static JsonNode? Default(string option) => RunOptions.Table.Find(option)?.Read(new RunOptions());

    /// <summary>Texts are judged after a training; records give their loss in it.</summary>
    private static bool IsTestOfTexts(string option, RunOptions options) =>
        options.Glue is not null && option is ("do_eval" or "max_eval_samples");

    private static void Add(JsonObject identity, JsonObject? more)
    {
        foreach (var (key, value) in more ?? [])
        {
            identity[key] = value?.DeepClone();
        }
    }

    private static JsonObject Select(RunOptions options, Func<string, bool> isPart) => new(
        options.OwnTable.Specs.Where(spec => isPart(spec.Name) && !IsSaidByOthers(spec.Name, options))
            .Select(spec => KeyValuePair.Create(spec.Name, spec.Read(options))));

    /// <summary>Of a type that has a switch the switch tells, as before there was another flag.</summary>
    private static bool IsSaidByOthers(string option, RunOptions options) => Places.Contains(option)
        || option == "dtype" && options.Model.Dtype != ScalarType.Float32;
}
