using System.Text.Json.Nodes;

namespace LoNas.Soak;

/// <summary>Compares two output folders, ignoring times and logs.</summary>
internal static class FolderDifference
{
    /// <summary>How timings in Hugging Face's metrics end.</summary>
    private static readonly string[] Clock = ["_runtime", "_samples_per_second", "_steps_per_second"];

    private static readonly string[] Timed =
        ["train_results.json", "eval_results.json", "all_results.json", "trainer_state.json"];

    private static readonly string[] Logs = ["lonas.log", "lonas.lock", "lonas.lock.pid"];

    /// <summary>One line for each file that is missing, extra or different.</summary>
    /// <param name="expected">The folder as it should be.</param>
    /// <param name="actual">The folder.</param>
    /// <param name="leftOut">Names of files that may differ.</param>
    public static IReadOnlyList<string> Between(string expected, string actual, params string[] leftOut)
    {
        var (wanted, found) = (Files(expected), Files(actual));
        wanted.ExceptWith(leftOut);
        found.ExceptWith(leftOut);
        return
        [
            .. wanted.Except(found).Select(name => $"'{name}' is missing"),
            .. found.Except(wanted).Select(name => $"'{name}' is in excess"),
            .. wanted.Intersect(found).Where(name => !Same(Path.Combine(expected, name), Path.Combine(actual, name)))
                .Select(name => $"'{name}' has other bytes"),
        ];
    }

    private static SortedSet<string> Files(string folder) => new(
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(folder, path)).Where(name => !Logs.Contains(name)),
        StringComparer.Ordinal);

    private static bool Same(string expected, string actual) => Timed.Contains(Path.GetFileName(expected))
        ? JsonNode.DeepEquals(WithoutClock(expected), WithoutClock(actual))
        : File.ReadAllBytes(expected).AsSpan().SequenceEqual(File.ReadAllBytes(actual));

    private static JsonObject WithoutClock(string path)
    {
        var metrics = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        foreach (var part in metrics["log_history"] is JsonArray log ? log.OfType<JsonObject>() : [metrics])
        {
            foreach (var key in part.Select(entry => entry.Key).Where(key => Clock.Any(key.EndsWith)).ToArray())
            {
                part.Remove(key);
            }
        }

        return metrics;
    }
}
