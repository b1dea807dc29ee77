using LoNas.Training.Checkpoints;

namespace LoNas.Cli.Model;

/// <summary>What an interruption leaves, and what the same command then does: for the one message about it.</summary>
internal static class Kept
{
    public static string Nothing(string output) => $"'{output}' was not written; the same command starts again";

    public static string Checkpoint(string folder) => TrainingCheckpoint.Newest(folder).Folder is { } newest
        ? $"'{newest}' is kept; the same command goes on from there"
        : "there is no checkpoint yet; the same command starts again";

    /// <param name="what">What each line after the first is, such as <c>responses</c>.</param>
    /// <param name="journal">The file.</param>
    public static string Journal(string what, string journal) =>
        $"{CountOf(journal)} {what} are kept in '{journal}'; the same command goes on from there";

    // Who writes it may have it open still.
    private static int CountOf(string journal)
    {
        if (!File.Exists(journal))
        {
            return 0;
        }

        using var stream = new FileStream(
            journal, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(stream);
        int lines = 0;
        while (reader.ReadLine() is not null)
        {
            lines++;
        }

        return Math.Max(0, lines - 1);
    }
}
