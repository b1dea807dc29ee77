using System.Diagnostics;

namespace LoNas.Tests.Cli;

/// <summary>Runs a line in a process of its own, with an environment of its own.</summary>
internal static class CliProcess
{
    public static string Host => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    public static string Program => Path.Combine(AppContext.BaseDirectory, "LoNas.Cli.dll");

    public static CliRun Of((string Name, string Value)[] environment, params string[] args) =>
        Read(Start(environment, args));

    /// <summary>The same of a program elsewhere.</summary>
    public static CliRun OfProgram(string program, string[] args, params (string Name, string Value)[] environment) =>
        Read(Start(program, environment, folder: "", args));

    private static CliRun Read(Process started)
    {
        using var process = started;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new CliRun(process.ExitCode, output, error.Result);
    }

    /// <summary>The same, left running; what it writes has to be read.</summary>
    public static Process Start((string Name, string Value)[] environment, params string[] args) =>
        Start(environment, folder: "", args);

    /// <summary>The same in a working folder of its own; empty for the tests'.</summary>
    public static Process Start((string Name, string Value)[] environment, string folder, string[] args) =>
        Start(Program, environment, folder, args);

    private static Process Start(
        string program, (string Name, string Value)[] environment, string folder, string[] args)
    {
        var start = new ProcessStartInfo(Host)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        foreach (var argument in args.Prepend(program))
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    /// <summary>Kills the process, without a chance to tidy up, as soon as <paramref name="isTime"/> says so.</summary>
    /// <returns>Whether it was still running then.</returns>
    public static bool Kill(Func<bool> isTime, params string[] args)
    {
        using var process = Start([], args);
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        while (!isTime() && !process.WaitForExit(2))
        {
        }

        process.Kill();
        process.WaitForExit();
        return process.ExitCode != 0;
    }
}
