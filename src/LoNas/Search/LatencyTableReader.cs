using System.Text.Json;
using LoNas.Elastic;
using LoNas.Storage;

namespace LoNas.Search;

/// <summary>Reads latency tables that fit what they are to be used for.</summary>
internal static class LatencyTableReader
{
    /// <exception cref="InvalidDataException">It is damaged, of another search space, or measured otherwise.</exception>
    public static LatencyTable Read(string path, SearchSpace space, IReadOnlyDictionary<string, string> conditions)
    {
        LatencyTable? table = null;
        try
        {
            table = JsonInput.Load(path, "latency table").Deserialize<LatencyTable>();
        }
        catch (JsonException)
        {
        }

        if (table is null || !IsWhole(table) || !Fits(table, space))
        {
            throw new InvalidDataException(
                $"The latency table '{path}' is damaged or of another search space; remove it to measure again");
        }

        var different = conditions.Keys.Union(table.Conditions.Keys)
            .Select(key => (Key: key, Was: table.Conditions.GetValueOrDefault(key), Is: conditions.GetValueOrDefault(key)))
            .Where(pair => pair.Was != pair.Is)
            .Select(pair => $"{pair.Key} was {pair.Was ?? "not noted"} and is {pair.Is ?? "not given"}").ToArray();
        return different.Length == 0
            ? table
            : throw new InvalidDataException(
                $"The latency table '{path}' was measured otherwise ({string.Join("; ", different)}); use the same "
                + "settings, or remove it to measure again");
    }

    private static bool IsWhole(LatencyTable table) =>
        table is { NewTokens: > 0, Conditions: not null, Kinds: not null } && table.Kinds.All(kind =>
            kind is { Groups: not null, Widths: not null, Prefill: not null, Decode: not null }
            && kind.Prefill.Count == kind.Widths.Count && kind.Decode.Count == kind.Widths.Count);

    private static bool Fits(LatencyTable table, SearchSpace space) => table.Kinds
        .SelectMany(kind => kind.Groups.Select(group => (group, kind.Widths))).OrderBy(entry => entry.group)
        .Select(entry => $"{entry.group}: {string.Join(',', entry.Widths)}")
        .SequenceEqual(space.Groups.Select(group => $"{group.Index}: {string.Join(',', group.Widths)}"));
}
