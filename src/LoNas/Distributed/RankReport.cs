namespace LoNas.Distributed;

/// <summary>What a rank brings to the meeting before the work.</summary>
/// <param name="Problem">Why it can't work; null where it can.</param>
/// <param name="Code">The exit code that goes with a problem.</param>
/// <param name="Same">What has to be the same on all ranks, by name.</param>
/// <param name="Threads">How many threads it has.</param>
/// <param name="Device">Where it computes.</param>
public sealed record RankReport(
    string? Problem, int Code, IReadOnlyDictionary<string, string> Same, int Threads, string Device)
{
    /// <summary>The report of a rank that can't work.</summary>
    public static RankReport Failed(string problem, int code) =>
        new(problem, code, new Dictionary<string, string>(), 0, "");
}
