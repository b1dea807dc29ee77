using System.Diagnostics;
using System.Text.Json.Nodes;
using LoNas.Cli.Output;
using LoNas.Storage;

namespace LoNas.Bench.Processes;

/// <summary>Runs a command of this program in another process, whose memory is its own.</summary>
internal static class OwnProcess
{
    private const string Lead = "error: ";

    /// <summary>Runs it and reads the JSON object it prints.</summary>
    /// <param name="command">The command's words.</param>
    /// <param name="options">Its options.</param>
    /// <param name="cancel">Ends the process.</param>
    /// <param name="stock">Whether it runs with the system's own allocator, whatever this process has.</param>
    /// <exception cref="InvalidDataException">Its input is bad; the message is its own.</exception>
    /// <exception cref="InvalidOperationException">It failed; the message holds its own.</exception>
    public static JsonObject Json(
        IReadOnlyList<string> command, JsonObject options, CancellationToken cancel, bool stock = false)
    {
        var file = Path.Combine(Path.GetTempPath(), $"lonas-options-{Guid.NewGuid():N}.json");
        try
        {
            JsonOutput.Save(file, options);
            var (code, output, error) = Run([.. command, file], stock, cancel);
            cancel.ThrowIfCancellationRequested();
            return code switch
            {
                ExitCode.Success => JsonNode.Parse(output)!.AsObject(),
                ExitCode.BadInput => throw new InvalidDataException(Message(error)),
                _ => throw new InvalidOperationException(
                    $"'{string.Join(' ', command)}' failed in its own process: {Message(error)}"),
            };
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>What the process said; this one leads it by the same word again.</summary>
    private static string Message(string error) =>
        error.Trim() is var text && text.StartsWith(Lead, StringComparison.Ordinal)
        ? text[Lead.Length..]
        : text;

    private static (int Code, string Output, string Error) Run(string[] arguments, bool stock, CancellationToken cancel)
    {
        var (program, lead) = Own;
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (stock)
        {
            var others = (Environment.GetEnvironmentVariable("LD_PRELOAD") ?? "").Split(' ', ':')
                .Where(library => !library.Contains("jemalloc", StringComparison.Ordinal));
            start.Environment["LD_PRELOAD"] = string.Join(' ', others);
        }

        foreach (var argument in lead.Concat(arguments))
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        using var ending = cancel.Register(() => process.Kill(entireProcessTree: true));
        var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.GetAwaiter().GetResult());
    }

    /// <summary>
    /// What starts this program: its file for the host of .NET or, where it is one file, the process's own.
    /// </summary>
    private static (string Program, string[] Lead) Own
    {
        get
        {
            var file = Path.Combine(AppContext.BaseDirectory, $"{typeof(OwnProcess).Assembly.GetName().Name}.dll");
            return File.Exists(file) ? (Host, [file]) : (Environment.ProcessPath!, []);
        }
    }

    private static string Host =>
        Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet"
            ? path
            : Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
}
