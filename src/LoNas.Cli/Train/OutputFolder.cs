using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LoNas.Cli.Output;
using LoNas.Storage;

namespace LoNas.Cli.Train;

/// <summary>
/// The folder of a training run. A marker file holds the effective options and how far the run came, so that the same
/// command goes on, a finished one changes nothing, and another one does not overwrite it unasked.
/// </summary>
internal sealed partial class OutputFolder
{
    private const string MarkerFile = "lonas_run.json";
    private const int MostShown = 20;

    private readonly JsonObject _options;
    private readonly JsonObject? _testing;

    private OutputFolder(string path, JsonObject options, JsonObject? testing, RunStage stage) =>
        (Path, _options, _testing, Stage) = (path, options, testing, stage);

    public string Path { get; }

    /// <summary>How far an earlier run of the same command came.</summary>
    public RunStage Stage { get; private set; }

    /// <summary>Looks at the folder and writes nothing.</summary>
    /// <param name="path">The folder; it need not exist.</param>
    /// <param name="options">The options that make the run what it is.</param>
    /// <param name="testing">Those of its test; null for none. A finished run with another test is only
    /// trained.</param>
    /// <param name="overwrite">Whether files of other runs may be replaced.</param>
    /// <exception cref="ArgumentException">It holds something that must not be overwritten.</exception>
    public static OutputFolder Inspect(string path, JsonObject options, JsonObject? testing, bool overwrite)
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

        RequireSame(path, stored.ToNode()!.AsObject(), options);
        bool tested = testing is null || (earlier.TryGetProperty("testing", out var test)
            && JsonNode.DeepEquals(test.ToNode(), testing));
        return new OutputFolder(
            path, options, testing, stage == RunStage.Finished && !tested ? RunStage.Trained : stage);
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

        if (Stage == RunStage.New)
        {
            Advance(RunStage.Training);
        }
    }

    /// <summary>Notes how far the run is.</summary>
    public void Advance(RunStage stage)
    {
        Stage = stage;
        JsonOutput.Save(System.IO.Path.Combine(Path, MarkerFile), new JsonObject
        {
            ["stage"] = stage.ToString(),
            ["options"] = _options.DeepClone(),
            ["testing"] = stage == RunStage.Finished ? _testing?.DeepClone() : null,
        });
    }

    private static void RequireSame(string path, JsonObject before, JsonObject options)
    {
        var different = options.Select(option => option.Key).Union(before.Select(option => option.Key))
            .Where(RunIdentity.IsOfTraining)
            .Where(key => !JsonNode.DeepEquals(
                options[key], before.ContainsKey(key) ? before[key] : RunIdentity.Default(key)))
            .Select(key => $"{Excerpt.Of(key)} was {Show(before[key])} and is {Show(options[key])}").ToArray();
        if (different.Length > 0)
        {
            throw new ArgumentException(
                $"--output_dir '{path}' holds a run with other options "
                + $"({string.Join("; ", different.Take(MostShown))}); give another folder, or --overwrite_output_dir "
                + "to start again");
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

    private static string Show(JsonNode? value) => Excerpt.Of(value?.ToJsonString() ?? "none");

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

    /// <summary>What runs write; temporary files are what is left of an atomic write that was killed.</summary>
    [GeneratedRegex(@"^(lonas_run\.json|lonas\.(log|lock|lock\.pid)|(adapter_model|channel_order)\.safetensors"
        + @"|adapter_model\.bin|adapter_config\.json"
        + @"|lonas\.json|nncf_config\.json|trainer_state\.json|(train|eval|all)_results\.json|.+\.res\.json"
        + @"|search_(journal\.jsonl|progression\.(csv|png))|cache_\w+\.csv|pareto_front\.json|subnetwork_best\.json"
        + @"|latency_table\.json|training_curve\.png"
        + @"|test\.partial\.jsonl|checkpoint-\d+|runs|summary\.json|extracted|heuristic\.gguf)(\..*(tmp|partial))?$")]
    private static partial Regex OwnName();
}
