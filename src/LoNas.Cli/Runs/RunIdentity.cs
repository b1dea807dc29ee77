using System.Security.Cryptography;
using System.Text.Json.Nodes;
using LoNas.Cli.Options;

namespace LoNas.Cli.Runs;

/// <summary>
/// What makes a run what it is: its options but the incidental ones, and the content of its data and configuration. Two
/// commands with the same identity are the same run.
/// </summary>
internal static class RunIdentity
{
    private static readonly string[] Incidental =
        [
        "output_dir", "overwrite_output_dir", "resume_from_checkpoint", "dry_run", "threads", "per_device_eval_batch_size",
    ];

    public static JsonObject Of(RunMathOptions options)
    {
        var identity = RunMathTable.Table.ToJson(options);
        foreach (var name in Incidental)
        {
            identity.Remove(name);
        }

        identity["dataset_sha256"] = HashOf(options.DatasetPath);
        identity["nncf_config_sha256"] = HashOf(options.NncfConfig);
        return identity;
    }

    /// <summary>The value of an option that a folder written by an earlier version does not know.</summary>
    public static JsonNode? Default(string option) => RunMathTable.Table.Find(option)?.Read(new RunMathOptions());

    private static string? HashOf(string? path)
    {
        if (path is null || !File.Exists(path))
        {
            return null;
        }

        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
