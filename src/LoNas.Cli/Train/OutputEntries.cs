using System.Text.RegularExpressions;
using LoNas.Cli.Output;
using LoNas.Formats;
using LoNas.Search;
using LoNas.Storage;
using LoNas.Training.Checkpoints;

namespace LoNas.Cli.Train;

/// <summary>What runs write into an output folder, by name.</summary>
internal static partial class OutputEntries
{
    /// <summary>The folder of the logs for TensorBoard.</summary>
    public const string EventLogs = "runs";

    /// <summary>
    /// What is in a folder but the lock of the run that asks and the log, which goes on whatever is run.
    /// </summary>
    public static IEnumerable<string> Of(string folder) => Directory.EnumerateFileSystemEntries(folder).Where(
        entry => Path.GetFileName(entry) is not (FolderLock.LockFile or FolderLock.HolderFile or RunLog.FileName));

    /// <summary>Whether a run may have written it.</summary>
    public static bool IsOwn(string entry) => OwnName().IsMatch(Path.GetFileName(entry));

    /// <summary>
    /// Whether only the marker of its run, beside it, says whose it is. Half files of a run that was killed are
    /// nobody's, and results of this program alone may be those of a test, of the base as of an adapter elsewhere.
    /// </summary>
    public static bool NeedsMarker(string entry) =>
        // The last has a test's results beside a training's.
        !((IsResult(entry) || Path.GetFileName(entry) == MetricsFiles.AllResults) && OwnResults.Are(entry))
        && !(IsOwn(entry) && Path.GetExtension(entry) is ".tmp" or ".partial");

    /// <summary>Whether a test or a search of an adapter wrote it.</summary>
    public static bool IsResult(string entry) => ResultName().IsMatch(Path.GetFileName(entry));

    /// <summary>
    /// Whether what a noted run may have written, by its name, may be its by its look, too: others' checkpoints and
    /// results stay, and of the logs only some files are removed.
    /// </summary>
    public static bool LooksOwn(string entry) => Path.GetFileName(entry) != EventLogs
        && (!(IsResult(entry) || Path.GetFileName(entry) == SearchFiles.LatencyTable) || OwnResults.Are(entry))
        && (!Directory.Exists(entry) || !Checkpoint().IsMatch(Path.GetFileName(entry))
            || TrainingCheckpoint.IsOwn(entry));

    /// <summary>Whether it is part of an adapter, or of what a training says of one, by its name.</summary>
    public static bool IsAdapter(string entry) => AdapterName().IsMatch(Path.GetFileName(entry));

    /// <summary>Whether two paths mean the same.</summary>
    public static bool AreSame(string entry, string? other) =>
        other is not null && RealPath.Of(entry) == RealPath.Of(other);

    /// <summary>Checks that what a run will write or merge at its end can be, before it begins.</summary>
    /// <exception cref="ArgumentException">Something is in the place of a file or of a folder.</exception>
    public static void RequirePlaces(string folder)
    {
        if (Directory.Exists(folder))
        {
            OwnResults.Require(folder, Of(folder).Where(entry => IsOwn(entry) && !IsOfQuickstart(entry)).Select(
                entry => (entry, OwnResults.KindProblem(
                    entry, wantsFolder: FolderName().IsMatch(Path.GetFileName(entry))))));
        }
    }

    /// <summary>Checks that what a training writes or removes is, or holds, no file that it reads.</summary>
    /// <exception cref="ArgumentException">It would be lost; all of them are named.</exception>
    public static void RequireUnread(string folder, IEnumerable<string?> inputs)
    {
        string[] read = [.. inputs.OfType<string>().Where(File.Exists).SelectMany(RealPath.Read)];
        if (read.Length > 0 && Directory.Exists(folder))
        {
            OwnResults.Require(folder, Of(folder)
                .Where(entry => IsOwn(entry) && !(IsOfQuickstart(entry) && File.Exists(entry))
                    && read.Any(place => RealPath.IsWithin(place, RealPath.OfName(entry))
                        || RealPath.IsWithin(place, RealPath.Of(entry))))
                .Select(entry => (entry, (string?)OwnResults.IsInput)));
        }
    }

    /// <summary>Checks that a training replaces no checkpoint of another program.</summary>
    /// <param name="folder">Its folder, which need not exist.</param>
    /// <param name="steps">How many steps it has; later checkpoints are in nobody's way.</param>
    /// <exception cref="ArgumentException">Some would be replaced; all of them are named.</exception>
    public static void RequireOwnCheckpoints(string folder, int steps) =>
        OwnResults.Require(folder, TrainingCheckpoint.Foreign(folder, steps).Select(
            checkpoint => (checkpoint, (string?)"is no checkpoint of this program, which would replace it")));

    public static void Remove(IEnumerable<string> entries)
    {
        foreach (var entry in entries.ToArray())
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
    }

    /// <summary>Whether only a quickstart writes it.</summary>
    public static bool IsOfQuickstart(string entry) =>
        Path.GetFileName(entry) is "summary.json" or "speed.json" or "extracted" or "heuristic.gguf";

    /// <summary>Temporary files are what is left of an atomic write that was killed.</summary>
    [GeneratedRegex(@"^(lonas_run\.json|lonas\.(log|lock|lock\.pid)|(adapter_model|channel_order)\.safetensors"
        + @"|adapter_model\.bin|adapter_config\.json"
        + @"|lonas\.json|nncf_config\.json|trainer_state\.json|(train|eval|all)_results\.json|.+\.res\.json"
        + @"|search_(journal\.jsonl|progression\.(csv|png))|cache_\w+\.csv|pareto_front\.json|subnetwork_best\.json"
        + @"|latency_table\.json|training_curve\.png|predict_results_[\w-]+\.txt"
        + @"|test\.partial\.jsonl|checkpoint-\d+|runs|(summary|speed)\.json|extracted"
        + @"|heuristic\.gguf)(\..*(tmp|partial))?$")]
    private static partial Regex OwnName();

    [GeneratedRegex(@"^(eval_results\.json|.+\.res\.json|search_(journal\.jsonl|progression\.(csv|png))|cache_\w+\.csv"
        + @"|pareto_front\.json|subnetwork_best\.json|test\.partial\.jsonl|predict_results_[\w-]+\.txt)$")]
    private static partial Regex ResultName();

    [GeneratedRegex(@"^(adapter_model\.(safetensors|bin)|adapter_config\.json|channel_order\.safetensors|lonas\.json"
        + @"|nncf_config\.json|trainer_state\.json|training_curve\.png|latency_table\.json"
        + @"|(train|all)_results\.json)$")]
    private static partial Regex AdapterName();

    [GeneratedRegex(@"^checkpoint-\d+$")]
    private static partial Regex Checkpoint();

    [GeneratedRegex(@"^(checkpoint-\d+(\..*)?|runs|.*\.partial)$")]
    private static partial Regex FolderName();
}
