using System.Text.Json;

namespace LoNas.Distributed;

/// <summary>
/// The meeting of all ranks before their work: nobody begins unless all can, and all work on the same.
/// </summary>
public sealed class RankMeeting
{
    private RankMeeting(IReadOnlyList<RankReport> reports, string? problem) => (Reports, Problem) = (reports, problem);

    /// <summary>What each rank brought.</summary>
    public IReadOnlyList<RankReport> Reports { get; }

    /// <summary>Why the work can't begin, the same text on all ranks; null where it can.</summary>
    public string? Problem { get; }

    /// <summary>The exit code that goes with the problem: that of the first rank that has one.</summary>
    public int Code(int otherwise) =>
        Reports.FirstOrDefault(report => report.Problem is not null)?.Code ?? otherwise;

    /// <summary>Waits for all ranks, which have to call this.</summary>
    /// <param name="ranks">Moves the reports.</param>
    /// <param name="places">Where the ranks run.</param>
    /// <param name="own">What this rank brings.</param>
    public static RankMeeting Hold(ICollectives ranks, IReadOnlyList<RankPlace> places, RankReport own)
    {
        RankReport[] all = [.. ranks.Gather(JsonSerializer.SerializeToUtf8Bytes(own))
            .Select(bytes => JsonSerializer.Deserialize<RankReport>(bytes)!)];
        return new RankMeeting(all, Failures(all, places) ?? Differences(all, places));
    }

    private static string? Failures(RankReport[] all, IReadOnlyList<RankPlace> places)
    {
        var failed = all.Index().Where(rank => rank.Item.Problem is not null)
            .GroupBy(rank => rank.Item.Problem!, rank => places[rank.Index]).ToArray();
        return failed.Length == 0 ? null
            : failed is [var one] && one.Count() == all.Length ? one.Key
            : string.Join('\n', failed.Select(group => $"{Names(group)}: {group.Key}"));
    }

    private static string? Differences(RankReport[] all, IReadOnlyList<RankPlace> places)
    {
        string[] lines = [.. all.SelectMany(report => report.Same.Keys).Distinct()
            .Select(name => (Name: name, Values: all.Index()
                .GroupBy(rank => rank.Item.Same.GetValueOrDefault(name, "none"), rank => places[rank.Index]).ToArray()))
            .Where(fact => fact.Values.Length > 1)
            .Select(fact => $"  {fact.Name}: "
                + string.Join("; ", fact.Values.Select(value => $"{value.Key} on {Names(value)}")))];
        return lines.Length == 0 ? null
            : $"The ranks do not work on the same; give all of them the same:\n{string.Join('\n', lines)}";
    }

    private static string Names(IEnumerable<RankPlace> places)
    {
        RankPlace[] all = [.. places];
        return $"rank{(all.Length == 1 ? "" : "s")} {string.Join(", ", all.Select(place => place.Rank))} on "
            + string.Join(", ", all.Select(place => place.Host).Distinct());
    }
}
