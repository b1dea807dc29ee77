using LoNas.Cli.Options;
using LoNas.Distributed;

namespace LoNas.Cli.Flags;

/// <summary>What the processes of one run tell each other by.</summary>
internal enum DistributedBy
{
    /// <summary>MPI, where a launcher started several.</summary>
    Auto,

    /// <summary>Nothing: this process works alone.</summary>
    None,

    /// <summary>MPI, whether or not a launcher is known.</summary>
    Mpi,

    /// <summary>MPI, and NCCL for what goes between GPUs.</summary>
    Nccl,
}

/// <summary>Several processes that work on one run.</summary>
internal sealed record DistributedFlags
{
    private const double LongestTimeout = 1_000_000;

    public DistributedBy Dist { get; init; } = DistributedBy.Auto;

    /// <summary>Seconds.</summary>
    public double DistTimeout { get; init; } = 600;

    /// <summary>Adds the flags.</summary>
    public static void Rows(OptionTable<DistributedFlags> table) => table
        .Add("dist", OptionValues.Choice<DistributedBy>(), o => o.Dist, (o, v) => o with { Dist = v },
            "what the processes that mpirun or srun starts work on one run by; auto: MPI where one of these started "
            + "several, none: each for itself; nccl: MPI, and NVIDIA's NCCL for gradients, which no GPU has tried yet")
        .Add("dist_timeout", OptionValues.Number, o => o.DistTimeout, (o, v) => o with { DistTimeout = v },
            "seconds that a process waits for the others until all are ended");

    /// <summary>Whether the processes of a launcher, null for none, work together.</summary>
    public bool IsWanted(Launcher? launcher) =>
        Dist is DistributedBy.Mpi or DistributedBy.Nccl || (Dist == DistributedBy.Auto && launcher?.Size > 1);

    /// <summary>Notes what is wrong with the values.</summary>
    public void Check(OptionProblems problems) => problems
        .Positive("dist_timeout", DistTimeout)
        .AtMost("dist_timeout", DistTimeout, LongestTimeout);
}
