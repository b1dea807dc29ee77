using System.Diagnostics;
using LoNas.Tests.Cli;

namespace LoNas.Tests.Support;

/// <summary>Starts the program as several ranks by an MPI that the system has.</summary>
internal sealed record RankLauncher(string Name, string Program, params string[] Flags)
{
    public const string OpenMpi = "Open MPI";
    public const string Mpich = "MPICH";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private static readonly RankLauncher[] All =
    [
        new(OpenMpi, "/usr/bin/mpirun.openmpi", "--allow-run-as-root", "--oversubscribe"),
        new(Mpich, "/usr/bin/mpiexec.mpich"),
    ];

    /// <summary>The benchmarks, of which <c>bench ranks</c> is the smallest thing that ranks do.</summary>
    public static string Bench => Path.Combine(AppContext.BaseDirectory, "LoNas.Bench.dll");

    /// <summary>The launcher of an MPI; a test without it is skipped.</summary>
    public static RankLauncher Of(string name)
    {
        var launcher = All.Single(one => one.Name == name);
        Assert.SkipUnless(File.Exists(launcher.Program), $"{name} is not installed ({launcher.Program})");
        return launcher;
    }

    /// <summary>Runs a program on so many ranks and waits for all.</summary>
    public CliRun Run(int ranks, string program, string[] args, params (string Name, string Value)[] environment) =>
        Read(Start([(ranks, args)], program, null, environment));

    /// <summary>The same with other arguments for some ranks than for others.</summary>
    public CliRun Run(string program, params (int Ranks, string[] Args)[] parts) => Read(Start(parts, program));

    /// <summary>
    /// The same, left running; what it writes has to be read. A prefix stands before the program of its part.
    /// </summary>
    public Process Start(
        (int Ranks, string[] Args)[] parts, string program, string[]? prefixes = null,
        params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(Program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var words = parts.Index()
            .SelectMany(part => Words(part.Index, part.Item, program, prefixes?[part.Index] ?? ""));
        foreach (var word in Flags.Concat(words))
        {
            start.ArgumentList.Add(word);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    /// <summary>Reads what it writes until it ends.</summary>
    public static CliRun Read(Process started)
    {
        using var process = started;
        using var last = new Timer(
            _ => process.Kill(entireProcessTree: true), null, Patience, Timeout.InfiniteTimeSpan);
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new CliRun(process.ExitCode, output, error.Result);
    }

    private static IEnumerable<string> Words(
        int index, (int Ranks, string[] Args) part, string program, string prefix) =>
    [
        .. index > 0 ? [":"] : Array.Empty<string>(),
        "-n", $"{part.Ranks}", .. prefix.Split(' ', StringSplitOptions.RemoveEmptyEntries), CliProcess.Host, program,
        .. part.Args,
    ];
}
