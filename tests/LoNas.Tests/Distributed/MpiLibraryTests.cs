using System.Diagnostics;
using LoNas.Distributed;
using LoNas.Runtime;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;

namespace LoNas.Tests.Distributed;

/// <summary>What is said of libraries that can't be called; some are made here by the system's C compiler.</summary>
public sealed class MpiLibraryTests
{
    private const string Rest =
        "int MPI_Initialized(int *f) { *f = 0; return 0; } int MPI_Init_thread(void *a, void *b, int c, int *d) "
        + "{ *d = c; return 0; } int MPI_Finalize(void) { return 0; } int MPI_Abort(int c, int e) { return 0; } "
        + "int MPI_Comm_rank(int c, int *r) { *r = 0; return 0; } "
        + "int MPI_Comm_size(int c, int *s) { *s = 1; return 0; } "
        + "int MPI_Allgather(void) { return 0; } "
        + "int MPI_Allgatherv(void) { return 0; } ";

    private const string Exchange = "int MPI_Alltoallv(void) { return 0; } ";

    [Fact]
    public void Load_NoLibrary_NamesThoseThatWereSought()
    {
        var error = Error(null, "libnompi.so.40", "libnompich.so.12");

        Assert.StartsWith("No MPI library is found (looked for libnompi.so.40, libnompich.so.12); install the", error);
        ErrorTable.Require("no MPI library", 2, $"error: {error.Replace("libnompi.", "libmpi.")}");
    }

    [Fact]
    public void Load_NamedFileMissing_SaysSo()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the words are those of Linux");
        Assert.StartsWith(
            "The MPI library '/no/libmpi.so' can't be loaded: /no/libmpi.so: cannot open shared object file",
            Error("/no/libmpi.so"));
    }

    [Fact]
    public void Load_NamedFileIsText_SaysSo()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the words are those of Linux");
        using var folder = new TemporaryFolder();
        var file = folder.Path("libmpi.so");
        File.WriteAllText(file, "not a library");

        Assert.StartsWith($"The MPI library '{file}' can't be loaded: {file}: ", Error(file));
    }

    [Fact]
    public void Load_LibraryOfSomethingElse_IsNoMpi()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the library is Linux's");
        Assert.Equal(
            "The MPI library 'libm.so.6' has none of MPI's functions and so is no MPI library; name the library of the "
            + "MPI whose mpirun starts the processes (LONAS_MPI)",
            Error("libm.so.6"));
    }

    [Fact]
    public void Load_OlderMpi_NamesWhatIsMissing() => Assert.Contains(
        "lacks MPI_Get_library_version, which MPI has since its version 3.0; name the library of",
        Made(Rest + Exchange));

    [Fact]
    public void Load_OneFunctionMissing_NamesIt() => Assert.Contains(
        "lacks MPI_Alltoallv, which MPI has", Made(Version("MPICH Version: 4.0.2") + Rest));

    [Fact]
    public void Load_UnknownMpi_GivesItsOwnWords() => Assert.Contains(
        "is 'Some MPI 1.0', which is none that can be called: Open MPI, MPICH and its kin",
        Made(Version("Some MPI 1.0, made yesterday") + Rest + Exchange));

    [Fact]
    public void Load_ErrorOfALibrary_IsForExitCode2()
    {
        var error = Assert.Throws<NativeLibraryException>(() => MpiLibrary.Load(null, ["libnompi.so.40"]));

        Assert.True(error.IsOfSetting);
    }

    [Fact]
    public void Load_MadeMpich_IsTaken()
    {
        var library = MpiLibrary.Load(Compiled(Version("MPICH Version:\\t9.9\\nMore") + Rest + Exchange), []);
        library.Start();

        Assert.Equal(("MPICH Version: 9.9", 0, 1), (library.Version, library.Rank(), library.Size()));
    }

    private static string Version(string words) =>
        $"#include <string.h>\nint MPI_Get_library_version(char *v, int *n) {{ strcpy(v, \"{words}\"); "
        + "*n = strlen(v); return 0; } ";

    private static string Made(string source) => Error(Compiled(source));

    private static string Error(string? named, params string[] sought) =>
        Assert.Throws<NativeLibraryException>(() => MpiLibrary.Load(named, sought)).Message;

    /// <summary>A library of a source; it stays, since a loaded one can't go.</summary>
    private static string Compiled(string source)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the library is made for Linux");
        Assert.SkipUnless(File.Exists("/usr/bin/cc"), "there is no C compiler (/usr/bin/cc)");
        var folder = Directory.CreateTempSubdirectory("lonas-mpi-").FullName;
        var (code, library) = (Path.Combine(folder, "mpi.c"), Path.Combine(folder, "libmpi.so"));
        File.WriteAllText(code, source);
        using var compiler = Process.Start("/usr/bin/cc", ["-w", "-shared", "-fPIC", "-o", library, code]);
        compiler.WaitForExit();
        Assert.Equal(0, compiler.ExitCode);
        return library;
    }
}
