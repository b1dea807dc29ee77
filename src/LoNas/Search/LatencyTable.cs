using LoNas.Elastic;
using LoNas.Storage;

namespace LoNas.Search;

/// <summary>
/// What every width of every kind of layer costs in time on one machine. It is measured once; the latency of any sub-adapter
/// is then a sum. All times are milliseconds.
/// </summary>
public sealed record LatencyTable
{
    /// <summary>What it was measured under besides, by name: model, type, threads and the like.</summary>
    public IReadOnlyDictionary<string, string> Conditions { get; init; } = new Dictionary<string, string>();

    /// <summary>Tokens of the prompt.</summary>
    public required int PromptTokens { get; init; }

    /// <summary>Tokens of the answer.</summary>
    public required int NewTokens { get; init; }

    /// <summary>The maximal sub-adapter's pass over the prompt.</summary>
    public required double Prefill { get; init; }

    /// <summary>The maximal sub-adapter's step of one token.</summary>
    public required double Decode { get; init; }

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
                int width = Enumerable.Range(0, kind.Widths.Count).First(i => kind.Widths[i] == subAdapter.Widths[group]);
                prefill -= kind.Prefill[width];
                decode -= kind.Decode[width];
            }
        }

        // The pass over the prompt gives the first token.
        return prefill + ((NewTokens - 1) * decode);
    }

    /// <summary>
    /// Measures a table. The <see cref="Candidates"/> take turns, and of each the fastest turn counts: what other programs take
    /// away from the machine is no property of the model.
    /// </summary>
    /// <param name="space">What can be cut.</param>
    /// <param name="promptTokens">Tokens of the prompt.</param>
    /// <param name="newTokens">Tokens of the answer.</param>
    /// <param name="steps">Tokens after the first one that are timed.</param>
    /// <param name="goesOn">Whether all candidates shall have one more turn, given how many they had; at least one.</param>
    /// <param name="time">With a sub-adapter and a number of tokens, the milliseconds that each of them took.</param>
    public static LatencyTable Measure(
        SearchSpace space, int promptTokens, int newTokens, int steps, Func<int, bool> goesOn,
        Func<SubAdapter, int, double[]> time) =>
        From(space, promptTokens, newTokens, Fastest([.. Candidates(space).Select(candidate => (candidate, 1 + steps))], goesOn, time));

    /// <summary>
    /// What has to be timed: the maximal sub-adapter, then each kind of layer with all of its groups cut to each of its widths.
    /// </summary>
    public static IReadOnlyList<SubAdapter> Candidates(SearchSpace space) => [.. LatencyKind.GroupsOf(space)
        .SelectMany(groups => space.Groups[groups[0]].Widths.Skip(1).Select(width => Cut(space, groups, width)))
        .Prepend(space.Maximal)];

    /// <summary>A table of what the <see cref="Candidates"/> took.</summary>
    /// <param name="space">What can be cut.</param>
    /// <param name="promptTokens">Tokens of the prompt.</param>
    /// <param name="newTokens">Tokens of the answer.</param>
    /// <param name="turns">[candidates][tokens], milliseconds; the first token's includes the pass over the prompt.</param>
    public static LatencyTable From(
        SearchSpace space, int promptTokens, int newTokens, IReadOnlyList<double[]> turns)
    {
        var times = turns.Select(turn => (Prefill: turn[0], Decode: turn[1..].Average())).ToArray();
        var (maximal, next) = (times[0], 1);
        var measured = new List<LatencyKind>();
        foreach (var groups in LatencyKind.GroupsOf(space))
        {
            var widths = space.Groups[groups[0]].Widths;
            var own = times[next..(next += widths.Count - 1)];
            measured.Add(new LatencyKind(
                groups,
                widths,
                [0, .. own.Select(turn => (maximal.Prefill - turn.Prefill) / groups.Count)],
                [0, .. own.Select(turn => (maximal.Decode - turn.Decode) / groups.Count)]));
        }

        return new LatencyTable
        {
            PromptTokens = promptTokens,
            NewTokens = newTokens,
            Prefill = maximal.Prefill,
            Decode = maximal.Decode,
            Kinds = measured,
        };
    }

    /// <summary>For each sub-adapter and token the fastest of some turns, which the sub-adapters take in turn.</summary>
    /// <param name="subAdapters">What is timed, each with its number of tokens.</param>
    /// <param name="goesOn">Whether all shall have one more turn, given how many they had; at least one.</param>
    /// <param name="time">With a sub-adapter and a number of tokens, the milliseconds that each of them took.</param>
    /// <returns>[sub-adapters][tokens], milliseconds.</returns>
    public static double[][] Fastest(
        IReadOnlyList<(SubAdapter SubAdapter, int Tokens)> subAdapters, Func<int, bool> goesOn,
        Func<SubAdapter, int, double[]> time)
    {
        double[][] fastest = [.. subAdapters.Select(one => Enumerable.Repeat(double.PositiveInfinity, one.Tokens).ToArray())];
        for (int round = 0; round == 0 || goesOn(round); round++)
        {
            for (int i = 0; i < fastest.Length; i++)
            {
                var (subAdapter, tokens) = subAdapters[i];
                fastest[i] = [.. fastest[i].Zip(time(subAdapter, tokens), Math.Min)];
            }
        }

        return fastest;
    }

    /// <summary>Writes the table.</summary>
    public void Save(string path) => JsonOutput.Save(path, this);

    /// <summary>Reads a table that <see cref="Save"/> wrote for a search space.</summary>
    /// <param name="path">The file.</param>
    /// <param name="space">What can be cut.</param>
    /// <param name="conditions">What it must have been measured under.</param>
    /// <exception cref="InvalidDataException">It is damaged, of another search space, or measured otherwise.</exception>
    public static LatencyTable Load(string path, SearchSpace space, IReadOnlyDictionary<string, string> conditions) =>
        LatencyTableReader.Read(path, space, conditions);

    private static SubAdapter Cut(SearchSpace space, IReadOnlyList<int> groups, int width) =>
        new([.. space.Groups.Select(group => groups.Contains(group.Index) ? width : group.Widths[0])]);
}
