using System.Text.Json;
using LoNas.Tests.Cli;

namespace LoNas.Tests.FieldCases;

/// <summary>Greedy tokens of a folder, through the command line.</summary>
internal static class Greedy
{
    /// <summary>Prompt and continuation.</summary>
    public static int[] Ids(string model, int[] prompt, int newTokens, params string[] flags)
    {
        var run = Run(model, prompt, newTokens, flags);
        Assert.True(run.ExitCode == 0, run.Error);
        return [.. JsonDocument.Parse(run.Output).RootElement.GetProperty("sequences")[0].EnumerateArray()
            .Select(id => id.GetInt32())];
    }

    /// <summary>What the command says of a folder that can't be used; it ends with exit code 2.</summary>
    public static string Error(string model, params string[] flags)
    {
        var run = Run(model, [1, 2], 2, flags);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        return run.Error;
    }

    private static CliRun Run(string model, int[] prompt, int newTokens, string[] flags) => CliRun.Of(
    [
        "generate", "--model_name_or_path", model, "--input_ids", string.Join(',', prompt), "--max_new_tokens",
        $"{newTokens}", "--device", "cpu", "--threads", "1", "--json", .. flags,
    ]);
}
