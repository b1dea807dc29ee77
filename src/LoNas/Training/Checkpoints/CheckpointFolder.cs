using System.Globalization;
using LoNas.Storage;

namespace LoNas.Training.Checkpoints;

/// <summary>Names of checkpoints in an output folder, and how one takes its place there.</summary>
internal static class CheckpointFolder
{
    private const string Prefix = "checkpoint-";
    private const string Unfinished = ".tmp";
    private const string Replaced = ".replaced.tmp";
    private const string Removed = ".removed.tmp";

    /// <summary>Those of a run, whole or not, oldest first.</summary>
    public static IReadOnlyList<string> All(string outputFolder) => !Directory.Exists(outputFolder) ? [] :
        [.. Directory.GetDirectories(outputFolder, $"{Prefix}*").Where(folder => StepOf(folder) is not null).OrderBy(StepOf)];

    /// <summary>Lets <paramref name="write"/> fill a folder of another name, which is renamed once all of it is on disk.</summary>
    /// <returns>The checkpoint's folder.</returns>
    public static string Place(string outputFolder, int step, Action<string> write)
    {
        var final = Path.Combine(outputFolder, Prefix + step.ToString(CultureInfo.InvariantCulture));
        Remove(final + Unfinished);
        try
        {
            Directory.CreateDirectory(final + Unfinished);
            write(final + Unfinished);
        }
        catch
        {
            // On a full disk, half a checkpoint would take what the user frees.
            Remove(final + Unfinished);
            throw;
        }

        // A checkpoint of the same step stays readable until the new one has its place; see Recover.
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

    /// <summary>Gives a checkpoint its name back that was being replaced when the process was killed.</summary>
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
    /// Removes the oldest beyond a limit. Those of later steps than the present one don't count: they are damaged, or of a
    /// run that was left behind, and are replaced when the run comes to their step.
    /// </summary>
    public static void RemoveOldest(string outputFolder, int step, int? limit)
    {
        foreach (var old in All(outputFolder).Where(folder => StepOf(folder) <= step).SkipLast(limit ?? int.MaxValue))
        {
            // Renamed first: one that is removed in part must not be seen.
            Directory.Move(old, old + Removed);
            Remove(old + Removed);
        }
    }

    private static int? StepOf(string folder) =>
        int.TryParse(Path.GetFileName(folder)[Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out int step)
            ? step : null;

    private static void Remove(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
