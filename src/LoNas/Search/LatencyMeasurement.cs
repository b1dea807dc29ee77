using System.Text.RegularExpressions;
using LoNas.Elastic;

namespace LoNas.Search;

/// <summary>Measures a <see cref="LatencyTable"/>.</summary>
public static partial class LatencyMeasurement
{
    /// <summary>
    /// Measures a table. The <see cref="Candidates"/> take turns, and the fastest turn of each counts: time that other
    /// programs take from the machine says nothing about the model.
    /// </summary>
    /// <param name="space">What can be cut.</param>
    /// <param name="promptTokens">Tokens of the prompt.</param>
    /// <param name="newTokens">Tokens of the answer.</param>
    /// <param name="steps">Tokens after the first one that are timed.</param>
    /// <param name="goesOn">
    /// Whether all candidates get another turn, given how many they had; they get at least one.
    /// </param>
    /// <param name="time">With a sub-adapter and a number of tokens, the milliseconds that each token took.</param>
    public static LatencyTable Run(
        SearchSpace space,
        int promptTokens,
        int newTokens,
        int steps,
        Func<int, bool> goesOn,
        Func<SubAdapter, int, double[]> time)
    {
        var candidates = Candidates(space).Select(candidate => (candidate, 1 + steps)).ToArray();
        return ToTable(space, promptTokens, newTokens, Fastest(candidates, goesOn, time));
    }

    /// <summary>
    /// What has to be timed: the maximal sub-adapter, then each kind of layer with all of its groups cut to each of its
    /// widths.
    /// </summary>
    public static IReadOnlyList<SubAdapter> Candidates(SearchSpace space) => [.. Kinds(space)
        .SelectMany(groups => space.Groups[groups[0]].Widths.Skip(1).Select(width => Cut(space, groups, width)))
        .Prepend(space.Maximal)];

    /// <summary>
    /// For each sub-adapter and token the fastest of several turns, which the sub-adapters take in rotation. Every
    /// other turn belongs to a second measurement of the same.
    /// </summary>
    /// <param name="subAdapters">What is timed, each with its number of tokens.</param>
    /// <param name="goesOn">Whether all get another turn, given how many they had; they get at least one.</param>
    /// <param name="time">With a sub-adapter and a number of tokens, the milliseconds that each token took.</param>
    public static FastestTurns Fastest(
        IReadOnlyList<(SubAdapter SubAdapter, int Tokens)> subAdapters,
        Func<int, bool> goesOn,
        Func<SubAdapter, int, double[]> time)
    {
        double[][][] halves = [.. Enumerable.Range(0, 2).Select(_ => subAdapters.Select(
            one => Enumerable.Repeat(double.PositiveInfinity, one.Tokens).ToArray()).ToArray())];
        for (int round = 0; round == 0 || goesOn(round); round++)
        {
            var half = halves[round % 2];
            for (int i = 0; i < half.Length; i++)
            {
                var (subAdapter, tokens) = subAdapters[i];
                half[i] = [.. half[i].Zip(time(subAdapter, tokens), Math.Min)];
            }
        }

        return new FastestTurns(halves[0], halves[1]);
    }

    /// <summary>Turns the times of the <see cref="Candidates"/> into a table.</summary>
    /// <param name="space">What can be cut.</param>
    /// <param name="promptTokens">Tokens of the prompt.</param>
    /// <param name="newTokens">Tokens of the answer.</param>
    /// <param name="turns">
    /// [candidates][tokens], milliseconds; the first token's includes the pass over the prompt.
    /// </param>
    public static LatencyTable ToTable(SearchSpace space, int promptTokens, int newTokens, FastestTurns turns)
    {
        var times = turns.All.Select(turn => (Prefill: turn[0], Decode: turn[1..].Average())).ToArray();
        var (maximal, next) = (times[0], 1);
        var measured = new List<LatencyKind>();
        foreach (var groups in Kinds(space))
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
            Noise = Noise(turns, newTokens),
            Kinds = measured,
        };
    }

    /// <summary>How much the two measurements of a candidate differ at most; null where there is one only.</summary>
    private static double? Noise(FastestTurns turns, int newTokens)
    {
        double[] differences = [.. turns.First.Zip(turns.Second, (first, second) =>
            Math.Abs(Whole(first, newTokens) - Whole(second, newTokens)))];
        return differences.All(double.IsFinite) ? differences.Max() : null;
    }

    /// <summary>A prompt and its answer.</summary>
    private static double Whole(double[] turn, int newTokens) => turn[0] + ((newTokens - 1) * turn[1..].Average());

    /// <summary>The groups of a space by kind, as indices: those of a kind differ only in their block.</summary>
    private static IReadOnlyList<IReadOnlyList<int>> Kinds(SearchSpace space) => [.. space.Groups
        .GroupBy(group => $"{string.Join(',', group.Members.Select(Describe))} {string.Join(',', group.Widths)}")
        .Select(kind => (IReadOnlyList<int>)[.. kind.Select(group => group.Index)])];

    private static string Describe(GroupMember member) =>
        $"{BlockNumber().Replace(member.ModulePath, ".N.")}:{member.Part}";

    private static SubAdapter Cut(SearchSpace space, IReadOnlyList<int> groups, int width) =>
        new([.. space.Groups.Select(group => groups.Contains(group.Index) ? width : group.Widths[0])]);

    [GeneratedRegex(@"\.\d+\.")]
    private static partial Regex BlockNumber();
}

/// <summary>The fastest turns of some sub-adapters, in two measurements that took turns too.</summary>
/// <param name="First">[sub-adapters][tokens], milliseconds.</param>
/// <param name="Second">The same once more; infinite where there was one turn only.</param>
public sealed record FastestTurns(IReadOnlyList<double[]> First, IReadOnlyList<double[]> Second)
{
    /// <summary>[sub-adapters][tokens], milliseconds: the fastest of all turns.</summary>
    public IReadOnlyList<double[]> All { get; } =
        [.. First.Zip(Second, (first, second) => first.Zip(second, Math.Min).ToArray())];

    /// <summary>Those of some of the sub-adapters.</summary>
    internal FastestTurns Of(Range range) => new([.. First.ToArray()[range]], [.. Second.ToArray()[range]]);
}
