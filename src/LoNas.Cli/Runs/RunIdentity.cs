using System.Text.Json.Nodes;
using LoNas.Cli.Options;

namespace LoNas.Cli.Runs;

/// <summary>The options that make a run what it is: two commands that differ only in the others are the same run.</summary>
internal static class RunIdentity
{
    private static readonly string[] Incidental =
        ["output_dir", "overwrite_output_dir", "resume_from_checkpoint", "dry_run", "threads"];

    public static JsonObject Of(RunMathOptions options)
    {
        var all = RunMathTable.Table.ToJson(options);
        foreach (var name in Incidental)
        {
            all.Remove(name);
        }

        return all;
    }
}
