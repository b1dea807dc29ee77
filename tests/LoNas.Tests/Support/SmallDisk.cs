using System.Diagnostics;
using LoNas.Tests.Cli;

namespace LoNas.Tests.Support;

/// <summary>
/// Runs a command line on a disk that is too small, then again with more space. The disk is a tmpfs in its own mount
/// namespace, which needs Linux and the permission to make one.
/// </summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>The mount point; outside of the namespace the folder is empty.</summary>
    public string Mount => _folder.Path("disk");

    /// <summary>A copy of the disk after the first run.</summary>
    public string AfterFull => _folder.Path("full");

    /// <summary>A copy of the disk after the second run.</summary>
    public string AfterAgain => _folder.Path("again");

    /// <summary>Skips the running test where such a disk can't be made, and says why.</summary>
    public static void Require()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "a small disk is a tmpfs, which needs Linux");
        using var disk = new SmallDisk();
        var run = disk.Bash("true", "1m");
        Assert.SkipUnless(
            run.ExitCode == 0, $"a small disk needs 'unshare -rm' and the right to mount a tmpfs: {run.Error.Trim()}");
    }

    /// <summary>Runs the program with little space, then with enough.</summary>
    /// <param name="size">Of the disk at first, such as <c>12m</c>; its pages have 4 KiB.</param>
    /// <param name="args">The line, whose output is below <see cref="Mount"/>.</param>
    public (CliRun Full, CliRun Again) Run(string size, params string[] args)
    {
        string[] names = ["full", "again"];
        var run = Bash(
            """
            for run in full again; do
              "${@:4}" >"$1/$run.out" 2>"$1/$run.err"; echo $? >"$1/$run.code"
              cp -r "$2" "$1/$run"
              mount -o remount,size=64m "$2"
            done
            """,
            size,
            [CliProcess.Host, CliProcess.Program, .. args]);
        Assert.True(run.ExitCode == 0, run.Error);
        CliRun Read(string name) => new(
            int.Parse(File.ReadAllText(_folder.Path($"{name}.code"))),
            File.ReadAllText(_folder.Path($"{name}.out")),
            File.ReadAllText(_folder.Path($"{name}.err")));
        return (Read(names[0]), Read(names[1]));
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>
    /// The script gets the folder as $1, the mounted disk as $2, its size as $3 and then what is given.
    /// </summary>
    private CliRun Bash(string script, string size, params string[] arguments)
    {
        Directory.CreateDirectory(Mount);
        var start = new ProcessStartInfo("unshare")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in new[]
        {
            "-rm", "bash", "-c", $"""mount -t tmpfs -o "size=$3" tmpfs "$2" || exit 1;{'\n'}{script}""", "bash",
            _folder.Root, Mount, size,
        }.Concat(arguments))
        {
            start.ArgumentList.Add(argument);
        }

        try
        {
            using var process = Process.Start(start)!;
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return new CliRun(process.ExitCode, output, error.Result);
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            return new CliRun(1, "", error.Message);
        }
    }
}
