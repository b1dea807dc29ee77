using LoNas.Cli.Flags;
using LoNas.Distributed;

namespace LoNas.Tests.Distributed;

/// <summary>What launchers leave in the environment, as their documentation and sources say.</summary>
public sealed class LauncherTests
{
    [Theory]
    [InlineData(
        "OMPI_COMM_WORLD_SIZE=4 OMPI_COMM_WORLD_RANK=3 OMPI_COMM_WORLD_LOCAL_RANK=1 PMIX_RANK=3",
        "mpirun of Open MPI", 4, 3, 1)]
    [InlineData(
        "OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_RANK=0 SLURM_JOB_ID=7 SLURM_STEP_NUM_TASKS=8 SLURM_PROCID=5",
        "mpirun of Open MPI", 2, 0, null)]
    [InlineData("OMPI_COMM_WORLD_SIZE=1 OMPI_COMM_WORLD_RANK=0", "mpirun of Open MPI", 1, 0, null)]
    [InlineData("PMI_SIZE=3 PMI_RANK=2 MPI_LOCALRANKID=0 MPI_LOCALNRANKS=1", "mpiexec of MPICH or its kin", 3, 2, 0)]
    [InlineData("PMI_SIZE=8 PMI_RANK=7 PMI_LOCAL_RANK=3", "mpiexec of MPICH or its kin", 8, 7, 3)]
    [InlineData(
        "PMI_SIZE=8 PMI_RANK=6 SLURM_STEP_NUM_TASKS=2 SLURM_PROCID=1", "mpiexec of MPICH or its kin", 8, 6, null)]
    [InlineData(
        "MV2_COMM_WORLD_SIZE=2 MV2_COMM_WORLD_RANK=1 MV2_COMM_WORLD_LOCAL_RANK=1", "mpirun_rsh of MVAPICH", 2, 1, 1)]
    [InlineData("SLURM_STEP_NUM_TASKS=16 SLURM_PROCID=9 SLURM_LOCALID=1 PMIX_RANK=9", "srun with PMIx", 16, 9, 1)]
    [InlineData("SLURM_STEP_NUM_TASKS=2 SLURM_PROCID=1 SLURM_LOCALID=0", "srun", 2, 1, 0)]
    public void Find_EnvironmentOfALauncher_TellsIt(string variables, string name, int size, int? rank, int? local)
    {
        var launcher = Find(variables);

        Assert.Equal((name, size, rank, local), (launcher!.Name, launcher.Size, launcher.Rank, launcher.LocalRank));
    }

    [Theory]
    [InlineData("")]
    [InlineData("SLURM_JOB_ID=7 SLURM_NTASKS=1 SLURM_PROCID=0 SLURM_LOCALID=0")] // a script of sbatch
    [InlineData("SLURM_JOB_ID=7 SLURM_NTASKS=8 SLURM_PROCID=0 SLURM_LOCALID=0")] // the same with eight tasks to start
    [InlineData("SLURM_STEP_NUM_TASKS=1 SLURM_PROCID=0 PMIX_RANK=0")] // srun of one
    [InlineData("OMPI_COMM_WORLD_SIZE=many OMPI_COMM_WORLD_RANK=0")]
    [InlineData("PMI_SIZE=-3 PMI_RANK=0")]
    [InlineData("PMI_SIZE=0")]
    public void Find_NoLauncher_IsNull(string variables) => Assert.Null(Find(variables));

    [Theory]
    [InlineData("", "auto", false)]
    [InlineData("", "none", false)]
    [InlineData("", "mpi", true)]
    [InlineData("PMI_SIZE=1 PMI_RANK=0", "auto", false)]
    [InlineData("PMI_SIZE=1 PMI_RANK=0", "mpi", true)]
    [InlineData("PMI_SIZE=2 PMI_RANK=0", "auto", true)]
    [InlineData("PMI_SIZE=2 PMI_RANK=0", "none", false)]
    public void IsWanted_LauncherAndFlag_BothCount(string variables, string by, bool wanted) => Assert.Equal(
        wanted,
        new DistributedFlags { Dist = Enum.Parse<DistributedBy>(by, ignoreCase: true) }.IsWanted(Find(variables)));

    [Theory]
    [InlineData("OMPI_COMM_WORLD_SIZE=2", "libmpi.so.40")]
    [InlineData("PMI_SIZE=2", "libmpich.so.12")]
    [InlineData("SLURM_STEP_NUM_TASKS=2 PMIX_RANK=0", "libmpi.so.40")]
    public void FilesToSeek_Launcher_ItsOwnLibraryFirst(string variables, string first)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the names are those of Linux");
        string[] files = [.. MpiFamily.FilesToSeek(Find(variables)!.Library)];

        Assert.Equal(first, files[0]);
        Assert.Equal(
            ["libmpi.so", "libmpi.so.12", "libmpi.so.40", "libmpi_abi.so.0", "libmpich.so", "libmpich.so.12"],
            files.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("libmpi.so.40", "Open MPI v4.1.4", MpiFamily.OpenMpi)]
    [InlineData("/opt/x/libmpi.so.40", "Open MPI v5.0.6", MpiFamily.OpenMpi)]
    [InlineData("libmpich.so.12", "MPICH Version: 4.0.2", MpiFamily.Mpich)]
    [InlineData("libmpi.so.12", "Intel(R) MPI Library 2021.13 for Linux* OS", MpiFamily.Mpich)]
    [InlineData("libmpi.so.12", "MVAPICH2 Version : 2.3.7", MpiFamily.Mpich)]
    [InlineData("libmpi_cray.so.12", "MPI VERSION : CRAY MPICH version 8.1.28.29 (ANL base 3.4a2)", MpiFamily.Mpich)]
    [InlineData("/opt/y/libmpi_abi.so.0", "MPICH Version: 5.0.0", "the common interface of MPI 5")]
    [InlineData("libmpi_abi.so.0", "Open MPI v6.0.0", "the common interface of MPI 5")]
    [InlineData("libmpi.so", "Some MPI 1.0", null)]
    public void Of_FileAndVersion_TellTheFamily(string file, string version, string? name) =>
        Assert.Equal(name, MpiFamily.Of(file, version)?.Name);

    private static Launcher? Find(string variables)
    {
        var all = variables.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
        return Launcher.Find(all.GetValueOrDefault);
    }
}
