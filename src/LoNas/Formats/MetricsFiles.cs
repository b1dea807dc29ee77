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

    /// <summary>Writes a file of metrics and merges them into all_results.json.</summary>
    public static void Save(string folder, string file, JsonObject metrics)
    {
        JsonOutput.Save(Path.Combine(folder, file), metrics);
        var allPath = Path.Combine(folder, AllResults);
        var all = File.Exists(allPath)
            ? JsonInput.Load(allPath, "metrics").RequireObject($"metrics '{allPath}'").ToNode()!.AsObject()
            : [];
        foreach (var (name, value) in metrics)
        {
            all[name] = value?.DeepClone();
        }

        JsonOutput.Save(allPath, all);
    }
}
