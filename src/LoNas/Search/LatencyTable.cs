using System.Text.Json;
using LoNas.Elastic;
using LoNas.Storage;

namespace LoNas.Search;

/// <summary>
/// What each width of each kind of layer costs in time on one machine. It is measured once
/// (<see cref="LatencyMeasurement"/>); the latency of any sub-adapter is then a sum. All times are milliseconds.
/// </summary>
public sealed record LatencyTable
{
    /// <summary>The other conditions of the measurement, by name: model, type, threads and so on.</summary>
    public IReadOnlyDictionary<string, string> Conditions { get; init; } = new Dictionary<string, string>();

    /// <summary>Tokens of the prompt.</summary>
    public required int PromptTokens { get; init; }

    /// <summary>Tokens of the answer.</summary>
    public required int NewTokens { get; init; }

    /// <summary>The maximal sub-adapter's pass over the prompt.</summary>
    public required double Prefill { get; init; }

    /// <summary>The maximal sub-adapter's step of one token.</summary>
    public required double Decode { get; init; }

    /// <summary>
    /// The most that two measurements of one and the same sub-adapter differ by, over a prompt and its answer. Null
    /// where each was measured once, and in tables of earlier releases.
    /// </summary>
    public double? Noise { get; init; }

    /// <summary>What narrower groups save.</summary>
    public required IReadOnlyList<LatencyKind> Kinds { get; init; }

    /// <summary>Milliseconds of a prompt and its answer.</summary>
    public double Of(SubAdapter subAdapter)
    {
        double prefill = Prefill;
        double decode = Decode;
        foreach (var kind in Kinds)
        {
            foreach (int group in kind.Groups)
            {
                int width = Enumerable.Range(0, kind.Widths.Count)
                    .First(i => kind.Widths[i] == subAdapter.Widths[group]);
                prefill -= kind.Prefill[width];
                decode -= kind.Decode[width];
            }
        }

        // The pass over the prompt gives the first token.
        return prefill + ((NewTokens - 1) * decode);
    }

    /// <summary>Writes the table.</summary>
    public void Save(string path) => JsonOutput.Save(path, this);

    /// <summary>Reads a table that <see cref="Save"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <param name="space">The search space that it must be of.</param>
    /// <param name="conditions">The conditions that it must have been measured under.</param>
    /// <param name="free">Names of conditions that may differ.</param>
    /// <exception cref="InvalidDataException">
    /// It is damaged, of another search space, or measured under other conditions.
    /// </exception>
    public static LatencyTable Load(
        string path, SearchSpace space, IReadOnlyDictionary<string, string> conditions,
        params IReadOnlyList<string> free)
    {
        LatencyTable? table = null;
        try
        {
            table = JsonInput.Load(path, "latency table").Deserialize<LatencyTable>();
        }
        catch (JsonException)
        {
            // Said below, with what to do.
        }

        if (table is null || !IsWhole(table) || !Fits(table, space))
        {
            throw new InvalidDataException(
                $"The latency table '{path}' is damaged or of another search space; remove it to measure again");
        }

        var different = conditions.Keys.Union(table.Conditions.Keys).Except(free)
            .Select(key => (
                Key: key,
                Was: table.Conditions.GetValueOrDefault(key),
                Is: conditions.GetValueOrDefault(key)))
            .Where(pair => pair.Was != pair.Is)
            .Select(pair => $"{pair.Key} was {pair.Was ?? "not noted"} and is {pair.Is ?? "not given"}").ToArray();
        return different.Length == 0
            ? table
            : throw new InvalidDataException(
                $"The latency table '{path}' was measured otherwise ({string.Join("; ", different)}); use the same "
                + "settings, or remove it to measure again");
    }

    private static bool IsWhole(LatencyTable table) =>
        table is { NewTokens: > 0, Conditions: not null, Kinds: not null, Noise: null or >= 0 }
        && table.Kinds.All(kind =>
            kind is { Groups: not null, Widths: not null, Prefill: not null, Decode: not null }
            && kind.Prefill.Count == kind.Widths.Count && kind.Decode.Count == kind.Widths.Count
            && kind.Prefill.Concat(kind.Decode).All(double.IsFinite))
        && double.IsFinite(table.Prefill) && double.IsFinite(table.Decode);

    private static bool Fits(LatencyTable table, SearchSpace space) => table.Kinds
        .SelectMany(kind => kind.Groups.Select(group => (group, kind.Widths))).OrderBy(entry => entry.group)
        .Select(entry => $"{entry.group}: {string.Join(',', entry.Widths)}")
        .SequenceEqual(space.Groups.Select(group => $"{group.Index}: {string.Join(',', group.Widths)}"));
}

/// <summary>Groups that differ only in their block, and how much time each of them saves at each width.</summary>
/// <param name="Groups">The groups' indices.</param>
/// <param name="Widths">Their width list.</param>
/// <param name="Prefill">
/// [widths], milliseconds that one group saves in a pass over the prompt; 0 at full width.
/// </param>
/// <param name="Decode">[widths], milliseconds that one group saves in a step of one token.</param>
public sealed record LatencyKind(
    IReadOnlyList<int> Groups, IReadOnlyList<int> Widths, IReadOnlyList<double> Prefill, IReadOnlyList<double> Decode);
