using System.Globalization;
using System.Text.RegularExpressions;

namespace LoNas.Soak;

/// <summary>What a kill left in an output folder.</summary>
/// <param name="Checkpoints">Steps of the visible checkpoints, oldest first.</param>
/// <param name="Temporary">Files and folders under a temporary name.</param>
/// <param name="Journal">
/// Number of lines of the journal, and whether the last one is incomplete; null if there is no journal.
/// </param>
internal sealed partial record FolderState(
    IReadOnlyList<int> Checkpoints, IReadOnlyList<string> Temporary, (int Lines, bool Torn)? Journal)
{
    /// <summary>Reads the state of a folder, which need not exist.</summary>
    public static FolderState Of(string folder)
    {
        string[] entries = Directory.Exists(folder)
            ? [.. Directory.EnumerateFileSystemEntries(folder).Select(path => Path.GetFileName(path))]
            : [];
        return new FolderState(
            [.. entries.Select(name => Checkpoint().Match(name)).Where(match => match.Success)
                .Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)).Order()],
            [.. entries.Where(IsTemporary).Order(StringComparer.Ordinal)],
            entries.FirstOrDefault(name => name.EndsWith(".jsonl", StringComparison.Ordinal)) is { } journal
                ? LinesOf(Path.Combine(folder, journal))
                : null);
    }

    /// <summary>Whether something is being written in a folder.</summary>
    public static bool IsWriting(string folder) =>
        Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any(IsTemporary);

    public override string ToString()
    {
        string[] parts =
        [
            .. Checkpoints.Count > 0 ? [$"checkpoint-{Checkpoints[^1]}"] : Array.Empty<string>(),
            .. Journal is { } journal ? [$"{journal.Lines} lines{(journal.Torn ? " and a torn one" : "")}"]
                : Array.Empty<string>(),
            .. Temporary.Select(name => $"writing {UniquePart().Replace(name, "")}"),
        ];
        return parts.Length == 0 ? "nothing yet" : string.Join(", ", parts);
    }

    private static bool IsTemporary(string path) => path.EndsWith(".tmp", StringComparison.Ordinal);

    private static (int Lines, bool Torn) LinesOf(string journal)
    {
        var bytes = File.ReadAllBytes(journal);
        return (bytes.Count(value => value == '\n'), bytes.Length > 0 && bytes[^1] != '\n');
    }

    [GeneratedRegex(@"^checkpoint-(\d+)$")]
    private static partial Regex Checkpoint();

    [GeneratedRegex(@"\.[0-9a-f]{32}\.tmp$")]
    private static partial Regex UniquePart();
}
