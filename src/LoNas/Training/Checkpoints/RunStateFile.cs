using LoNas.Storage;

namespace LoNas.Training.Checkpoints;

/// <summary>
/// <c>lonas_state.json</c> of a checkpoint: all that a run knows of itself, to the last bit. Checkpoints of earlier
/// versions have it in their <c>trainer_state.json</c>.
/// </summary>
internal static class RunStateFile
{
    public const string Name = "lonas_state.json";

    /// <summary>How earlier versions called the minimal sub-adapter's loss; the maximal's was plain LoRA's.</summary>
    private const string FormerMinimalLoss = "eval_minimal_loss";

    public static void Save(string folder, TrainerState state) => JsonOutput.Save(Path.Combine(folder, Name), state);

    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static TrainerState Read(string folder)
    {
        var path = Path.Combine(folder, Name);
        bool isFormer = !File.Exists(path);
        var name = isFormer ? TrainerStateFile.Name : Name;
        path = Path.Combine(folder, name);
        var origin = $"checkpoint state '{path}'";
        var state = JsonInput.Load(path, "checkpoint state").RequireObject(origin).To<TrainerState>(origin);
        return isFormer && state.LogHistory is { } log
            ? state with { LogHistory = [.. log.Select(entry => entry is null ? entry! : Present(entry))] }
            : state;
    }

    /// <summary>A record of an earlier version with today's names.</summary>
    private static Dictionary<string, double> Present(Dictionary<string, double> entry)
    {
        bool isElastic = entry.ContainsKey(FormerMinimalLoss);
        return entry.Select(field => field.Key switch
        {
            FormerMinimalLoss => (LogKeys.MinimalLoss, field.Value),
            LogKeys.Loss when isElastic => (LogKeys.MaximalLoss, field.Value),
            _ => (field.Key, field.Value),
        }).OrderBy(field => field.Item1, StringComparer.Ordinal)
            .ToDictionary(field => field.Item1, field => field.Item2);
    }
}
