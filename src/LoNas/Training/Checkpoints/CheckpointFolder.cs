using System.Globalization;
using LoNas.Storage;

namespace LoNas.Training.Checkpoints;

/// <summary>The checkpoint folders within an output folder, and how a new one gets its name.</summary>
internal static class CheckpointFolder
{
    private const string Prefix = "checkpoint-";
    private const string Unfinished = ".tmp";
    private const string Replaced = ".replaced.tmp";
    private const string Removed = ".removed.tmp";

    /// <summary>The checkpoints of a run, complete or not, oldest first.</summary>
    public static IReadOnlyList<string> All(string outputFolder)
    {
        if (!Directory.Exists(outputFolder))
        {
            return [];
        }

        var folders = Directory.GetDirectories(outputFolder, $"{Prefix}*");
        return [.. folders.Where(folder => StepOf(folder) is not null).OrderBy(StepOf)];
    }

    /// <summary>Those of all programs up to a step, oldest first.</summary>
    public static IEnumerable<string> Until(string outputFolder, int step) =>
        All(outputFolder).Where(folder => StepOf(folder) <= step);

    /// <summary>The step of the newest checkpoint, complete or not; 0 where there is none.</summary>
    public static int NewestStep(string outputFolder) => All(outputFolder).Where(TrainingCheckpoint.IsOwn)
        .Select(folder => StepOf(folder) ?? 0).LastOrDefault();

    /// <summary>
    /// Lets <paramref name="write"/> fill a folder of another name, which is renamed once all of it is on disk.
    /// </summary>
    /// <returns>The checkpoint's folder.</returns>
    /// <exception cref="InvalidDataException">Another program's checkpoint is in its place.</exception>
    public static string Place(string outputFolder, int step, Action<string> write)
    {
        var final = Path.Combine(outputFolder, Prefix + step.ToString(CultureInfo.InvariantCulture));
        if (Directory.Exists(final) && !TrainingCheckpoint.IsOwn(final))
        {
            throw new InvalidDataException(
                $"'{final}' is no checkpoint of this program and stays; move it away, and the run can go on");
        }

        Remove(final + Unfinished);
        try
        {
            Directory.CreateDirectory(final + Unfinished);
            write(final + Unfinished);
        }
        catch
        {
            // On a full disk, half a checkpoint would take up what the user frees.
            Remove(final + Unfinished);
            throw;
        }

        // An older checkpoint of the same step stays on disk until the new one is in place; see Recover.
        if (Directory.Exists(final))
        {
            Remove(final + Replaced);
            Directory.Move(final, final + Replaced);
        }

        Directory.Move(final + Unfinished, final);
        FolderFlush.Flush(outputFolder);
        foreach (var leftover in Directory.GetDirectories(outputFolder, $"{Prefix}*{Unfinished}"))
        {
            Remove(leftover);
        }

        return final;
    }

    /// <summary>Restores the name of a checkpoint that was being replaced when the process was killed.</summary>
    public static void Recover(string outputFolder)
    {
        if (!Directory.Exists(outputFolder))
        {
            return;
        }

        foreach (var replaced in Directory.GetDirectories(outputFolder, $"{Prefix}*{Replaced}"))
        {
            var final = replaced[..^Replaced.Length];
            if (!Directory.Exists(final))
            {
                Directory.Move(replaced, final);
            }
        }
    }

    /// <summary>
    /// Removes the oldest checkpoints beyond a limit. Those of later steps than the current one do not count: they are
    /// damaged, and are replaced once the run reaches their step. Neither do those of other programs.
    /// </summary>
    public static void RemoveOldest(string outputFolder, int step, int? limit)
    {
        foreach (var old in Until(outputFolder, step).Where(TrainingCheckpoint.IsOwn).SkipLast(limit ?? int.MaxValue))
        {
            RemoveWhole(old);
        }
    }

    /// <summary>Renamed first, so that a partly removed checkpoint is never taken for one.</summary>
    public static void RemoveWhole(string folder)
    {
        Remove(folder + Removed);
        Directory.Move(folder, folder + Removed);
        Remove(folder + Removed);
    }

    private static int? StepOf(string folder) =>
        int.TryParse(
            Path.GetFileName(folder)[Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out int step)
            ? step
            : null;

    private static void Remove(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
