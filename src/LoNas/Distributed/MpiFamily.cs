using System.Runtime.InteropServices;

namespace LoNas.Distributed;

/// <summary>
/// Libraries that are called alike: MPI leaves to each what its handles are. Those of Open MPI are the addresses of
/// exported objects, those of MPICH and its kin numbers of 32 bits, and MPI 5 gives numbers that all may share.
/// </summary>
internal sealed record MpiFamily(string Name, params IReadOnlyList<(string Stem, int Version)> Files)
{
    public const string OpenMpi = "Open MPI";
    public const string Mpich = "MPICH";

    /// <summary>The families, in the order in which their libraries are looked for.</summary>
    public static IReadOnlyList<MpiFamily> All { get; } =
    [
        new(OpenMpi, ("libmpi", 40))
        {
            Marks = ["Open MPI"],
            World = library => NativeLibrary.GetExport(library, "ompi_mpi_comm_world"),
            Byte = library => NativeLibrary.GetExport(library, "ompi_mpi_byte"),
        },
        new(Mpich, ("libmpich", 12), ("libmpi", 12))
        {
            Marks = ["MPICH", "Intel(R) MPI", "MVAPICH"],
            World = _ => 0x44000000,
            Byte = _ => 0x4c00010d,
        },
        new("the common interface of MPI 5", (CommonStem, 0))
        {
            World = _ => 0x101,
            Byte = _ => 0x247,
            Funneled = 1024,
        },
    ];

    private const string CommonStem = "libmpi_abi";

    /// <summary>What the library's own words about its version hold, one of these.</summary>
    public IReadOnlyList<string> Marks { get; private init; } = [];

    /// <summary>The handle of all processes, of a library that is loaded.</summary>
    public required Func<nint, nint> World { get; init; }

    /// <summary>The handle of the type of single bytes.</summary>
    public required Func<nint, nint> Byte { get; init; }

    /// <summary>Asks for calls from one thread of a process with several.</summary>
    public int Funneled { get; private init; } = 1;

    /// <summary>The files to look for, those of one family first.</summary>
    public static IEnumerable<string> FilesToSeek(string? first) => All
        .OrderBy(family => family.Name == first ? 0 : 1)
        .SelectMany(family => family.Files.Select(file => NameOf(file.Stem, file.Version)))
        .Concat([NameOf("libmpi", null), NameOf("libmpich", null)]);

    /// <summary>The family of a library; null where it is none of these.</summary>
    /// <param name="file">Its file: the standard says what a library of the common interface is called.</param>
    /// <param name="version">What it says of its version.</param>
    public static MpiFamily? Of(string file, string version) =>
        Path.GetFileName(file).StartsWith(CommonStem, StringComparison.Ordinal)
            ? All.Single(family => family.Files[0].Stem == CommonStem)
            : All.FirstOrDefault(family => family.Marks.Any(mark => version.Contains(mark, StringComparison.Ordinal)));

    private static string NameOf(string stem, int? version) => OperatingSystem.IsMacOS()
        ? version is null ? $"{stem}.dylib" : $"{stem}.{version}.dylib"
        : version is null ? $"{stem}.so" : $"{stem}.so.{version}";
}
