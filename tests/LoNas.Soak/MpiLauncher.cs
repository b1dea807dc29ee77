using System.Diagnostics;
using System.Text;

namespace LoNas.Soak;

/// <summary>An installed MPI's program that starts ranks.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Program">The program, found by the path.</param>
/// <param name="Flags">What it is given besides the number of ranks.</param>
internal sealed record MpiLauncher(string Name, string Program, params string[] Flags)
{
    private static readonly MpiLauncher[] Known =
    [
        new("Open MPI", "mpirun.openmpi", "--allow-run-as-root", "--oversubscribe"),
        new("MPICH", "mpiexec.mpich"),
    ];

    /// <summary>Those that are installed; the others are named.</summary>
    public static IReadOnlyList<MpiLauncher> Installed()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        bool IsThere(MpiLauncher each) => folders.Any(folder => File.Exists(Path.Combine(folder, each.Program)));
        foreach (var missing in Known.Where(each => !IsThere(each)))
        {
            Console.WriteLine($"{missing.Name} is left out: there is no {missing.Program}");
        }

        return [.. Known.Where(IsThere)];
    }

    /// <summary>
    /// Runs a command line with several ranks; <paramref name="during"/> is called again and again while they run.
    /// </summary>
    public LoNasProcess Run(string program, int ranks, string[] line, Action<double>? during = null)
    {
        var output = new StringBuilder();
        var start = new ProcessStartInfo(Program) { RedirectStandardOutput = true, RedirectStandardError = true };
        var host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        string[] all = [.. Flags, "-n", $"{ranks}", host, program, .. line];
        Array.ForEach(all, start.ArgumentList.Add);
        using var process = new Process { StartInfo = start };
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        var clock = Stopwatch.StartNew();
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        while (!process.WaitForExit(5))
        {
            during?.Invoke(clock.Elapsed.TotalSeconds);
        }

        process.WaitForExit();
        lock (output)
        {
            return new LoNasProcess(false, process.ExitCode, clock.Elapsed.TotalSeconds, output.ToString());
        }

        void Keep(object sender, DataReceivedEventArgs data)
        {
            lock (output)
            {
                output.AppendLine(data.Data);
            }
        }
    }

    /// <summary>The processes that train into a folder; their launcher is none of them.</summary>
    public static IReadOnlyList<int> Ranks(string program, string output) =>
    [
        .. Directory.EnumerateDirectories("/proc").Select(Path.GetFileName)
            .Select(name => int.TryParse(name, out int id) ? id : 0).Where(id => id > 0 && IsRank(id, program, output)),
    ];

    private static bool IsRank(int id, string program, string output)
    {
        try
        {
            var words = File.ReadAllText($"/proc/{id}/cmdline").Split('\0');
            // State Z has ended and waits for its launcher.
            return words.Length > 1 && words[1] == program && words.Contains($"--output_dir={output}")
                && !File.ReadAllText($"/proc/{id}/stat").Split(')')[^1].TrimStart().StartsWith('Z');
        }
        catch (IOException)
        {
            return false;
        }
    }
}
