using System.Text.Json;
using LoNas.Runtime;

namespace LoNas.Distributed;

/// <summary>Where a rank runs, as every rank knows of all.</summary>
/// <param name="Rank">Its number, from 0.</param>
/// <param name="Host">The name of its machine.</param>
/// <param name="Process">Its process there.</param>
/// <param name="LocalRank">Its number among the ranks of its machine, from 0.</param>
/// <param name="LocalSize">How many ranks its machine has.</param>
/// <param name="Threads">How many threads it may have without taking a core from another rank, at least 1.</param>
public sealed record RankPlace(int Rank, string Host, int Process, int LocalRank, int LocalSize, int Threads)
{
    /// <summary>Asks all ranks, which have to call this.</summary>
    public static IReadOnlyList<RankPlace> Agree(ICollectives ranks)
    {
        var own = new Told(
            Environment.MachineName, Environment.ProcessId, ProcessorCores.Physical(), [.. ProcessorCores.Allowed()]);
        return Of([.. ranks.Gather(JsonSerializer.SerializeToUtf8Bytes(own))
            .Select(bytes => JsonSerializer.Deserialize<Told>(bytes)!)]);
    }

    /// <param name="all">What each rank tells, in their order.</param>
    internal static IReadOnlyList<RankPlace> Of(IReadOnlyList<Told> all) => [.. all.Select((own, rank) =>
    {
        Told[] neighbours = [.. all.Where(other => other.Host == own.Host)];
        int before = all.Take(rank).Count(other => other.Host == own.Host);
        return new RankPlace(rank, own.Host, own.Process, before, neighbours.Length, ThreadsOf(own, neighbours));
    })];

    // A launcher may bind ranks to cores of their own or to none, and a container may have fewer than its machine: what
    // all of a machine may use together is shared, and nobody gets more than it may use.
    private static int ThreadsOf(Told own, Told[] neighbours)
    {
        int together = neighbours.SelectMany(other => other.Cores).Distinct().Count();
        int most = neighbours.Max(other => other.Usable);
        bool areBound = neighbours.Any(other => other.Cores.Count > 0 && other.Cores.Count < together);
        int shared = areBound ? together : Math.Min(most, together == 0 ? most : together);
        return Math.Max(1, Math.Min(own.Usable, shared / neighbours.Length));
    }

    /// <summary>What a rank tells of itself.</summary>
    /// <param name="Host">The name of its machine.</param>
    /// <param name="Process">Its process.</param>
    /// <param name="Usable">How many cores it may use at once.</param>
    /// <param name="Cores">Which; empty where that is not known.</param>
    internal sealed record Told(string Host, int Process, int Usable, IReadOnlyList<string> Cores);
}
