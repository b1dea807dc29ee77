using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LoNas.Cli.Output;
using LoNas.Formats;
using LoNas.Storage;
using LoNas.Training.Checkpoints;

namespace LoNas.Cli.Train;

/// <summary>
/// The folder of a training run. A marker file holds the effective options and how far the run came, so that the same
/// command goes on, a finished one changes nothing, and another one does not overwrite it unasked.
/// </summary>
internal sealed partial class OutputFolder
{
    /// <summary>The file that says whose folder it is; a checkpoint has one of its own.</summary>
    public const string MarkerFile = "lonas_run.json";

    private readonly JsonObject _options;
    private readonly JsonObject? _testing;

    /// <summary>Whether results in the folder are of the run before it was made longer.</summary>
    private bool _hasFormerResults;

    private OutputFolder(string path, JsonObject options, JsonObject? testing, RunStage stage) =>
        (Path, _options, _testing, Stage) = (path, options, testing, stage);

    public string Path { get; }

    /// <summary>How far an earlier run of the same command came.</summary>
    public RunStage Stage { get; private set; }

    /// <summary>The checkpoint elsewhere that it went on from; null where it did not.</summary>
    public string? ResumedFrom { get; private set; }

    /// <summary>
    /// Whether the folder's run ended and is to be made longer, for which it takes one of its checkpoints.
    /// </summary>
    public bool NeedsCheckpoint { get; private init; }

    /// <summary>Whether the run in the folder was to be shorter or longer.</summary>
    private bool IsOfOtherLength { get; init; }

    /// <summary>Looks at the folder and writes nothing.</summary>
    /// <param name="path">The folder; it need not exist.</param>
    /// <param name="options">The options that make the run what it is.</param>
    /// <param name="testing">Those of its test; null for none. A finished run with another test is only
    /// trained.</param>
    /// <param name="overwrite">Whether files of other runs may be replaced.</param>
    /// <param name="steps">Optimiser steps of a run of this length, by its identity; null where it has none.</param>
    /// <exception cref="ArgumentException">It holds something that must not be overwritten.</exception>
    public static OutputFolder Inspect(
        string path, JsonObject options, JsonObject? testing, bool overwrite, Func<JsonObject, int>? steps = null)
    {
        FolderLock.RequireNoFile(path);
        if (overwrite || !Directory.Exists(path) || !Entries(path).Any())
        {
            return new OutputFolder(path, options, testing, RunStage.New);
        }

        var marker = System.IO.Path.Combine(path, MarkerFile);
        if (!File.Exists(marker))
        {
            var foreign = Entries(path).FirstOrDefault(entry => !IsOwn(entry));
            if (foreign is null)
            {
                return new OutputFolder(path, options, testing, RunStage.New);
            }

            throw new ArgumentException(
                $"--output_dir '{path}' holds files that no training run wrote, such as "
                + $"'{System.IO.Path.GetFileName(foreign)}'; give another folder, or --overwrite_output_dir to use it");
        }

        var earlier = JsonInput.Load(marker, "run marker").RequireObject($"run marker '{marker}'");
        if (!earlier.TryGetProperty("stage", out var text) || !Enum.TryParse(text.ToString(), out RunStage stage)
            || !earlier.TryGetProperty("options", out var stored) || stored.ValueKind != JsonValueKind.Object)
        {
            throw new InvalidDataException(
                $"The run marker '{marker}' is damaged; give another folder, or --overwrite_output_dir to start again");
        }

        var before = stored.ToNode()!.AsObject();
        RequireSame(path, before, options);
        bool tested = testing is null || (earlier.TryGetProperty("testing", out var test)
            && JsonNode.DeepEquals(test.ToNode(), testing));
        var (planned, wanted) = (steps?.Invoke(before), steps?.Invoke(options));
        if (planned != wanted)
        {
            RequireLonger(path, stage >= RunStage.Trained ? planned : TrainingCheckpoint.NewestStep(path), wanted);
        }

        return new OutputFolder(path, options, testing, planned != wanted ? RunStage.Training
            : stage == RunStage.Finished && !tested ? RunStage.Trained : stage)
        {
            IsOfOtherLength = planned != wanted,
            NeedsCheckpoint = planned != wanted && stage >= RunStage.Trained,
            ResumedFrom = earlier.TryGetProperty("resumed_from", out var from) ? from.ToString() : null,
            _hasFormerResults = (planned != wanted && stage >= RunStage.Trained)
                || (earlier.TryGetProperty("former_results", out var former) && former.ValueKind == JsonValueKind.True),
        };
    }

    /// <summary>Starts the run: makes the folder, or removes what an earlier run wrote into it.</summary>
    /// <param name="keep">A checkpoint that the run goes on from, which stays; null for none.</param>
    public void Begin(string? keep = null)
    {
        // Without a marker, files of these names may be another program's.
        if (Stage == RunStage.New && File.Exists(System.IO.Path.Combine(Path, MarkerFile)))
        {
            foreach (var entry in Entries(Path).Where(entry => IsOwn(entry) && !IsSame(entry, keep)).ToArray())
            {
                Remove(entry);
            }
        }

        if (Stage == RunStage.New || IsOfOtherLength)
        {
            ResumedFrom = keep is null || IsWithin(keep) ? null : System.IO.Path.GetFullPath(keep);
            Advance(RunStage.Training);
        }
    }

    /// <summary>Writes into a checkpoint which run it is of.</summary>
    public void SaveTo(string folder) => Save(folder, RunStage.Training);

    /// <summary>Whether something is in the folder.</summary>
    public bool IsWithin(string path) => IsSame(System.IO.Path.GetDirectoryName(
        System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path)))!, Path);

    /// <summary>Notes how far the run is.</summary>
    public void Advance(RunStage stage)
    {
        if (_hasFormerResults && stage >= RunStage.Trained)
        {
            RemoveFormerResults();
        }

        Stage = stage;
        Save(Path, stage);
    }

    private void Save(string folder, RunStage stage)
    {
        var marker = new JsonObject
        {
            ["stage"] = stage.ToString(),
            ["options"] = _options.DeepClone(),
            ["testing"] = stage == RunStage.Finished ? _testing?.DeepClone() : null,
        };
        if (ResumedFrom is not null && folder == Path)
        {
            marker["resumed_from"] = ResumedFrom;
        }

        if (_hasFormerResults && folder == Path)
        {
            marker["former_results"] = true;
        }

        JsonOutput.Save(System.IO.Path.Combine(folder, MarkerFile), marker);
    }

    /// <summary>What the adapter gave before it was trained on says nothing of it now.</summary>
    private void RemoveFormerResults()
    {
        foreach (var entry in Entries(Path)
            .Where(entry => Result().IsMatch(System.IO.Path.GetFileName(entry))).ToArray())
        {
            Remove(entry);
        }

        var training = System.IO.Path.Combine(Path, MetricsFiles.TrainResults);
        JsonOutput.Save(
            System.IO.Path.Combine(Path, MetricsFiles.AllResults), JsonInput.Load(training, "metrics").ToNode());
        _hasFormerResults = false;
    }

    private static void RequireSame(string path, JsonObject before, JsonObject options)
    {
        var different = RunIdentity.Differences(before, options, RunIdentity.IsOfRun);
        if (different.Count > 0)
        {
            throw new ArgumentException(
                $"--output_dir '{path}' holds a run with other options ({string.Join("; ", different)}); give another "
                + "folder, or --overwrite_output_dir to start again");
        }
    }

    private static void RequireLonger(string path, int? trained, int? wanted)
    {
        if (wanted <= trained)
        {
            throw new ArgumentException(
                $"--output_dir '{path}' holds a run that is trained for {trained} steps, and this one would end at "
                + $"step {wanted}; give a larger --num_train_epochs or --max_steps to go on, another folder, or "
                + "--overwrite_output_dir to start again");
        }
    }

    /// <summary>
    /// What is in a folder but the lock of the run that asks and the log, which goes on whatever is run.
    /// </summary>
    private static IEnumerable<string> Entries(string path) => Directory.EnumerateFileSystemEntries(path).Where(
        entry =>
            System.IO.Path.GetFileName(entry) is not (FolderLock.LockFile or FolderLock.HolderFile or RunLog.FileName));

    private static bool IsOwn(string entry) => OwnName().IsMatch(System.IO.Path.GetFileName(entry));

    private static bool IsSame(string entry, string? other) => other is not null
        && System.IO.Path.GetFullPath(entry) == System.IO.Path.TrimEndingDirectorySeparator(
            System.IO.Path.GetFullPath(other));

    private static void Remove(string entry)
    {
        if (Directory.Exists(entry))
        {
            Directory.Delete(entry, recursive: true);
        }
        else
        {
            File.Delete(entry);
        }
    }

    /// <summary>What tests and searches of an adapter write.</summary>
    [GeneratedRegex(@"^(eval_results\.json|.+\.res\.json|search_(journal\.jsonl|progression\.(csv|png))|cache_\w+\.csv"
        + @"|pareto_front\.json|subnetwork_best\.json|test\.partial\.jsonl)$")]
    private static partial Regex Result();

    /// <summary>What runs write; temporary files are what is left of an atomic write that was killed.</summary>
    [GeneratedRegex(@"^(lonas_run\.json|lonas\.(log|lock|lock\.pid)|(adapter_model|channel_order)\.safetensors"
        + @"|adapter_model\.bin|adapter_config\.json"
        + @"|lonas\.json|nncf_config\.json|trainer_state\.json|(train|eval|all)_results\.json|.+\.res\.json"
        + @"|search_(journal\.jsonl|progression\.(csv|png))|cache_\w+\.csv|pareto_front\.json|subnetwork_best\.json"
        + @"|latency_table\.json|training_curve\.png"
        + @"|test\.partial\.jsonl|checkpoint-\d+|runs|summary\.json|extracted|heuristic\.gguf)(\..*(tmp|partial))?$")]
    private static partial Regex OwnName();
}
