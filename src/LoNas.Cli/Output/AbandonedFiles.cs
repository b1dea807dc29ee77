using System.Text.RegularExpressions;
using LoNas.Storage;
using LoNas.Training.Checkpoints;

namespace LoNas.Cli.Output;

/// <summary>
/// What killed runs were writing into an output folder: files and checkpoints under a temporary name, which no run has
/// any use for. To be called by the run that has the folder for itself.
/// </summary>
internal static partial class AbandonedFiles
{
    private const string Replaced = ".replaced.tmp";

    /// <summary>Removes them; the folder need not exist.</summary>
    public static void Remove(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        foreach (var entry in new DirectoryInfo(folder).GetFileSystemInfos().Where(IsAbandoned))
        {
            if (entry is DirectoryInfo checkpoint)
            {
                checkpoint.Delete(recursive: true);
            }
            else
            {
                entry.Delete();
            }
        }
    }

    private static bool IsAbandoned(FileSystemInfo entry) => Name().IsMatch(entry.Name) && !IsNeeded(entry.FullName);

    /// <summary>
    /// A checkpoint that was being replaced is the only one of its step until the new one has its place.
    /// </summary>
    private static bool IsNeeded(string path) =>
        path.EndsWith(Replaced, StringComparison.Ordinal) && !Directory.Exists(path[..^Replaced.Length]);

    /// <summary>The temporary names of <see cref="AtomicFile"/> and <see cref="TrainingCheckpoint"/>.</summary>
    [GeneratedRegex(@"^(.+\.[0-9a-f]{32}|checkpoint-\d+(\..+)?)\.tmp$")]
    private static partial Regex Name();
}
