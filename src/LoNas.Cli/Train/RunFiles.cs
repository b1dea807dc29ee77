using System.Text.Json.Nodes;
using LoNas.Storage;

namespace LoNas.Cli.Train;

/// <summary>The metrics files of a run, named and shaped as Hugging Face's Trainer writes them.</summary>
internal static class RunFiles
{
    public const string TrainResults = "train_results.json";
    public const string EvalResults = "eval_results.json";
    public const string TrainingCurve = "training_curve.png";
    public const string AllResults = "all_results.json";

    /// <summary>Writes a file of metrics and merges them into all_results.json.</summary>
    public static void SaveMetrics(string folder, string file, JsonObject metrics)
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
