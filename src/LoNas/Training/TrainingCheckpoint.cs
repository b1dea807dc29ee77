using System.Globalization;
using System.Text.Json;
using LoNas.Adapters;
using LoNas.Files;

namespace LoNas.Training;

/// <summary>
/// The folders <c>checkpoint-STEP</c> of a run: the adapter, the optimiser and where the run is. A checkpoint is written
/// under another name and renamed when it is whole, so that one that can be seen is complete.
/// </summary>
public static class TrainingCheckpoint
{
    /// <summary>The file that says where a run is.</summary>
    public const string StateFile = "trainer_state.json";

    private const string Prefix = "checkpoint-";
    private const string OptimizerFile = "optimizer.bin";

    /// <summary>Writes a checkpoint and removes the oldest ones beyond <paramref name="limit"/>.</summary>
    /// <param name="outputFolder">The run's folder.</param>
    /// <param name="trainer">The run.</param>
    /// <param name="saveAdapter">Writes the adapter into a folder.</param>
    /// <param name="limit">Most checkpoints kept; null keeps all.</param>
    /// <returns>The checkpoint's folder.</returns>
    public static string Save(string outputFolder, Trainer trainer, Action<string> saveAdapter, int? limit)
    {
        var final = Path.Combine(outputFolder, Prefix + trainer.State.GlobalStep.ToString(CultureInfo.InvariantCulture));
        var temporary = $"{final}.tmp";
        RemoveFolder(temporary);
        Directory.CreateDirectory(temporary);
        saveAdapter(temporary);
        AtomicFile.Write(Path.Combine(temporary, OptimizerFile), stream =>
        {
            using var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true);
            trainer.SaveOptimizer(writer);
        });
        JsonOutput.Save(Path.Combine(temporary, StateFile), trainer.State);
        // A checkpoint of the same step stays readable until the new one has its place.
        var replaced = $"{final}.replaced.tmp";
        RemoveFolder(replaced);
        if (Directory.Exists(final))
        {
            Directory.Move(final, replaced);
        }

        Directory.Move(temporary, final);
        foreach (var leftover in Directory.GetDirectories(outputFolder, $"{Prefix}*.tmp"))
        {
            RemoveFolder(leftover);
        }

        foreach (var old in All(outputFolder).SkipLast(limit ?? int.MaxValue))
        {
            RemoveFolder(old);
        }

        return final;
    }

    /// <summary>The checkpoints of a run, oldest first.</summary>
    public static IReadOnlyList<string> All(string outputFolder) => !Directory.Exists(outputFolder) ? [] :
        [.. Directory.GetDirectories(outputFolder, $"{Prefix}*")
            .Where(folder => StepOf(folder) is not null && File.Exists(Path.Combine(folder, StateFile)))
            .OrderBy(folder => StepOf(folder))];

    /// <summary>Lets a fresh trainer go on from a checkpoint.</summary>
    /// <exception cref="InvalidDataException">The checkpoint is incomplete, damaged or of another run.</exception>
    public static void Restore(string folder, Trainer trainer, SuperAdapter adapter)
    {
        InputPath.RequireFolder(folder, "checkpoint");
        var path = Path.Combine(folder, StateFile);
        var text = InputPath.ReadText(path, "checkpoint state");
        try
        {
            var state = JsonSerializer.Deserialize<TrainerState>(text, JsonOutput.Indented)
                ?? throw new JsonException($"{StateFile} is empty");
            if (state.MaxSteps != trainer.State.MaxSteps)
            {
                throw new InvalidDataException(
                    $"The checkpoint '{folder}' belongs to a run of {state.MaxSteps} steps and this one has "
                    + $"{trainer.State.MaxSteps}; use the same data and options, or another --output_dir");
            }

            PeftFolder.LoadWeights(folder, adapter);
            using var stream = InputPath.Read(Path.Combine(folder, OptimizerFile), "optimiser state", File.OpenRead);
            using var reader = new BinaryReader(stream);
            trainer.Restore(state, reader);
        }
        catch (Exception error) when (error is not InvalidDataException and not UnauthorizedAccessException)
        {
            throw new InvalidDataException(
                $"The checkpoint '{folder}' is damaged ({error.Message}); remove it to go on from the one before", error);
        }
    }

    private static int? StepOf(string folder) =>
        int.TryParse(Path.GetFileName(folder)[Prefix.Length..], CultureInfo.InvariantCulture, out int step) ? step : null;

    private static void RemoveFolder(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
