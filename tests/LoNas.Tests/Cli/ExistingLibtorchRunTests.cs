using System.Text;
using LoNas.Runtime;
using LoNas.Tests.Support;

namespace LoNas.Tests.Cli;

/// <summary>
/// Runs the program with LONAS_LIBTORCH, each time in a process of its own, since libtorch is loaded once. Links to the
/// tests' own libtorch stand for another: their $ORIGIN is the folder of the links.
/// </summary>
public sealed class ExistingLibtorchRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ExistingLibtorchRunTests() =>
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs the names and links of Linux");

    private string Libraries => _folder.Path("torch", "lib");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Run_LibtorchOfTheExpectedVersion_IsUsedAndNotMentioned()
    {
        Link(_ => true);
        File.WriteAllText(_folder.Path("torch", "version.py"), "__version__ = '2.10.0+cpu'\n");

        var run = Generate();

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains($"libtorch 2.10.0+cpu in '{Libraries}'", Run("--version").Output);
    }

    [Fact]
    public void Run_LibtorchOfAnotherVersion_PassesTheSmokeTestAndWarnsOnce()
    {
        Link(_ => true);
        File.WriteAllText(_folder.Path("torch", "build-version"), "2.11.0+cu130\n");

        var run = Generate();

        Assert.Equal(
            (0, "warning: libtorch 2.11.0+cu130 instead of 2.10: passed a smoke test\n"), (run.ExitCode, run.Error));
    }

    [Fact]
    public void Run_LibraryThatNeedsAnother_FindsItAmongTheNvidiaPackages()
    {
        // In place of CUDA's: the smallest library, made to need one that is not beside it.
        Link(file => file is not "libshm.so");
        var made = Encoding.Latin1.GetString(File.ReadAllBytes(Own("libtorch_global_deps.so")));
        const string Needed = "libgomp-98b21ff3.so.1";
        Assert.Contains(Needed, made);
        File.WriteAllBytes(
            Path.Combine(Libraries, "libc10_cuda.so"),
            Encoding.Latin1.GetBytes(
                made.Replace(Needed, "libshm.so".PadRight(Needed.Length, '\0'), StringComparison.Ordinal)));
        var missing = Generate();
        Directory.CreateDirectory(_folder.Path("nvidia", "shm", "lib"));
        File.CreateSymbolicLink(_folder.Path("nvidia", "shm", "lib", "libshm.so"), Own("libshm.so"));

        var run = Generate();

        Assert.Contains("libc10_cuda.so: libshm.so: cannot open shared object file", missing.Error);
        // Found, loaded, and only then refused for its name.
        Assert.Contains("libc10_cuda.so: its SONAME is another", run.Error);
    }

    [Fact]
    public void Run_FolderWithoutLibtorch_IsRefused()
    {
        Directory.CreateDirectory(Libraries);

        var run = Generate();

        ErrorTable.Require("LONAS_LIBTORCH without a libtorch", run.ExitCode, run.Error);
    }

    [Fact]
    public void Run_LibtorchThatLacksALibrary_IsRefusedByItsName()
    {
        Link(file => !file.StartsWith("libgomp", StringComparison.Ordinal));

        var run = Generate();

        ErrorTable.Require("LONAS_LIBTORCH with a libtorch that can't be used", run.ExitCode, run.Error);
    }

    [Fact]
    public void Run_LibraryUnderAnotherName_IsRefused()
    {
        Link(file => file != "libc10.so");
        File.CreateSymbolicLink(Path.Combine(Libraries, "libc10.so"), Own("libtorch_global_deps.so"));

        var run = Generate();

        ErrorTable.Require("LONAS_LIBTORCH with a libtorch that can't be used", run.ExitCode, run.Error);
    }

    [Fact]
    public void Run_BuildWithoutLibtorch_SaysWhatToDo()
    {
        var settings = Path.Combine(AppContext.BaseDirectory, "LoNas.Cli.runtimeconfig.json");
        foreach (var path in Directory.EnumerateFiles(AppContext.BaseDirectory, "*.dll").Append(settings))
        {
            File.Copy(path, _folder.Path(Path.GetFileName(path)));
        }

        File.Copy(NativeFolders.Find("libLibTorchSharp.so")!, _folder.Path("libLibTorchSharp.so"));

        var run = CliProcess.OfProgram(_folder.Path("LoNas.Cli.dll"), Line);

        ErrorTable.Require("no libtorch", run.ExitCode, run.Error);
    }

    private static string[] Line =>
        ["generate", "--model_name_or_path", SampleRun.Model, "--prompt", "Tom", "--max_new_tokens", "1",
            "--threads", "1"];

    private static string Own(string file) => Path.Combine(NativeFolders.OwnLibtorch!, file);

    private void Link(Func<string, bool> isTaken)
    {
        Directory.CreateDirectory(Libraries);
        foreach (var path in Directory.EnumerateFiles(NativeFolders.OwnLibtorch!)
            .Where(path => isTaken(Path.GetFileName(path))))
        {
            File.CreateSymbolicLink(Path.Combine(Libraries, Path.GetFileName(path)), path);
        }
    }

    private CliRun Generate() => Run(Line);

    private CliRun Run(params string[] line) => CliProcess.Of([(ExistingLibtorch.Variable, Libraries)], line);
}
