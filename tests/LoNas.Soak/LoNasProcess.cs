using System.Diagnostics;
using System.Text;

namespace LoNas.Soak;

/// <summary>One run of the built program and its output.</summary>
/// <param name="Killed">Whether it was still running when it was killed.</param>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Seconds">Its run time.</param>
/// <param name="Output">Both streams.</param>
internal sealed record LoNasProcess(bool Killed, int ExitCode, double Seconds, string Output)
{
    /// <summary>Runs a command line to its end.</summary>
    public static LoNasProcess Run(string program, string[] line) => Run(program, line, (_, _) => false);

    /// <summary>
    /// Runs a command line and kills it with SIGKILL as soon as <paramref name="isTime"/>, called with the seconds run
    /// so far, returns true.
    /// </summary>
    public static LoNasProcess Run(string program, string[] line, Func<double, Process, bool> isTime)
    {
        var output = new StringBuilder();
        using var process = new Process { StartInfo = Start(program, line) };
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        var clock = Stopwatch.StartNew();
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        while (!isTime(clock.Elapsed.TotalSeconds, process) && !process.HasExited)
        {
            Thread.Sleep(1);
        }

        // The process may have ended before the kill; the exit code tells which came first.
        process.Kill();
        process.WaitForExit();
        return new LoNasProcess(
            process.ExitCode == SigKill, process.ExitCode, clock.Elapsed.TotalSeconds, output.ToString());

        void Keep(object sender, DataReceivedEventArgs data)
        {
            lock (output)
            {
                output.AppendLine(data.Data);
            }
        }
    }

    private const int SigKill = 128 + 9;

    private static ProcessStartInfo Start(string program, string[] line)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in line.Prepend(program))
        {
            start.ArgumentList.Add(argument);
        }

        return start;
    }
}
