using System.Diagnostics;
using System.Text.Json;
using LoNas.Storage;
using LoNas.Tests.Support;

namespace LoNas.Tests.Export;

/// <summary>llama.cpp, as the Node project in tests/interop loads it.</summary>
internal static class LlamaCpp
{
    private static string Project => Path.Combine(Repository.Root, "tests", "interop");

    /// <summary>Skips the running test where Node or the installed project is missing.</summary>
    public static void Require()
    {
        bool hasNode = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Any(folder => File.Exists(Path.Combine(folder, "node")));
        Assert.SkipUnless(hasNode, "needs Node (the program 'node' on the PATH)");
        Assert.SkipUnless(
            Directory.Exists(Path.Combine(Project, "node_modules")),
            "needs the Node project: npm install --no-save --prefix tests/interop");
    }

    /// <summary>Runs cases, one after another in one process.</summary>
    public static LlamaCppResult[] Run(params LlamaCppCase[] cases)
    {
        var arguments = JsonSerializer.Serialize(cases, JsonSerializerOptions.Web);
        using var process = Process.Start(new ProcessStartInfo("node", [Path.Combine(Project, "greedy.mjs"), arguments])
        {
            WorkingDirectory = Project,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error.Result);
        return JsonSerializer.Deserialize<LlamaCppResult[]>(
            JsonInput.Parse(output.Trim().Split('\n')[^1], "answer of greedy.mjs"), JsonSerializerOptions.Web)!;
    }
}

/// <summary>
/// A file, a prompt and the number of tokens to generate, in a context of so many tokens, 1024 by default.
/// </summary>
internal sealed record LlamaCppCase(
    string Model, int[] Prompt, int Count, string? Lora = null, string? Text = null, int? Context = null);

/// <summary>The generated tokens, the architecture of the file, and the tokens of the case's text.</summary>
internal sealed record LlamaCppResult(int[] Ids, string Architecture, int[]? Tokens);
