using System.Text.Json.Nodes;
using LoNas.Storage;

namespace LoNas.Formats;

/// <summary>The metrics files of a run, named and shaped as Hugging Face's Trainer writes them.</summary>
public static class MetricsFiles
{
    /// <summary>The figures of training.</summary>
    public const string TrainResults = "train_results.json";

    /// <summary>The figures of tests and searches.</summary>
    public const string EvalResults = "eval_results.json";

    /// <summary>All figures of the folder together.</summary>
    public const string AllResults = "all_results.json";

    /// <summary>Checks that figures can be merged into all_results.json, which is read for that.</summary>
    /// <exception cref="InvalidDataException">It is there, and is no file with a JSON object.</exception>
    public static void RequireMergeable(string folder)
    {
        try
        {
            Load(Path.Combine(folder, AllResults));
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException(
                $"{error.Message}; the figures of this run will be merged into it: correct it, or move it away", error);
        }
    }

    /// <summary>Writes a file of metrics and merges them into all_results.json.</summary>
    public static void Save(string folder, string file, JsonObject metrics)
    {
        JsonOutput.Save(Path.Combine(folder, file), metrics);
        var allPath = Path.Combine(folder, AllResults);
        var all = Load(allPath);
        foreach (var (name, value) in metrics)
        {
            all[name] = value?.DeepClone();
        }

        JsonOutput.Save(allPath, all);
    }

    private static JsonObject Load(string path) => Path.Exists(path)
        ? JsonInput.Load(path, "metrics").RequireObject($"metrics '{path}'").ToNode()!.AsObject()
        : [];
}
