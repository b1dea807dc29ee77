using System.Globalization;

namespace LoNas.Distributed;

/// <summary>What started this process as one of several, as far as its environment tells; nothing is loaded.</summary>
/// <param name="Name">The launcher, for messages.</param>
/// <param name="Size">How many processes it started, at least 1.</param>
/// <param name="Rank">The number of this one, from 0; null where it does not say.</param>
/// <param name="LocalRank">Its number among those of its machine; null where it does not say.</param>
public sealed record Launcher(string Name, int Size, int? Rank, int? LocalRank)
{
    // Hydra starts its proxies by srun and Open MPI its daemons: what they tell their own processes comes first. Slurm
    // sets its variables in every script, so that only a step of several tasks says that there are several processes.
    private static readonly Row[] Rows =
    [
        new("mpirun of Open MPI", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", ["OMPI_COMM_WORLD_LOCAL_RANK"])
        {
            Library = MpiFamily.OpenMpi,
        },
        new("mpirun_rsh of MVAPICH", "MV2_COMM_WORLD_SIZE", "MV2_COMM_WORLD_RANK", ["MV2_COMM_WORLD_LOCAL_RANK"])
        {
            Library = MpiFamily.Mpich,
        },
        new("mpiexec of MPICH or its kin", "PMI_SIZE", "PMI_RANK",
            ["MPI_LOCALRANKID", "PMI_LOCAL_RANK", "PALS_LOCAL_RANKID", "SLURM_LOCALID"])
        {
            Library = MpiFamily.Mpich,
        },
        new("srun with PMIx", "SLURM_STEP_NUM_TASKS", "SLURM_PROCID", ["SLURM_LOCALID"])
        {
            Needs = "PMIX_RANK",
            Library = MpiFamily.OpenMpi,
            LeastSize = 2,
        },
        new("srun", "SLURM_STEP_NUM_TASKS", "SLURM_PROCID", ["SLURM_LOCALID"]) { LeastSize = 2 },
    ];

    /// <summary>The name of the family of libraries that goes with it; null where it does not tell.</summary>
    internal string? Library { get; private init; }

    /// <summary>What started this process; null where nothing says that it is one of several.</summary>
    public static Launcher? Find() => Find(Environment.GetEnvironmentVariable);

    /// <param name="read">Reads a variable of the environment.</param>
    internal static Launcher? Find(Func<string, string?> read)
    {
        foreach (var row in Rows.Where(row => row.Needs is null || read(row.Needs) is not null))
        {
            if (Number(read(row.Size)) is { } size && size >= row.LeastSize)
            {
                var local = row.LocalRanks.Select(name => Number(read(name))).FirstOrDefault(rank => rank is not null);
                return new Launcher(row.Name, size, Number(read(row.Rank)), local) { Library = row.Library };
            }
        }

        return null;
    }

    private static int? Number(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    private sealed record Row(string Name, string Size, string Rank, IReadOnlyList<string> LocalRanks)
    {
        public string? Needs { get; init; }

        public string? Library { get; init; }

        public int LeastSize { get; init; } = 1;
    }
}
