using System.Security.Cryptography;
using System.Text.Json.Nodes;
using LoNas.Cli.Flags;
using LoNas.Evaluation;

namespace LoNas.Cli.Train;

/// <summary>
/// What makes a run what it is: its options but the incidental ones, and the content of its data and configuration. Two
/// commands with the same identity are the same run. Training and testing have identities of their own, so that a
/// trained adapter can be tested in other ways.
/// </summary>
internal static class RunIdentity
{
    private static readonly string[] Incidental =
    [
        "output_dir", "overwrite_output_dir", "resume_from_checkpoint", "dry_run", "threads", "device", "tf32", "force",
        "per_device_eval_batch_size", "max_skipped_steps", "gradient_checkpointing",
    ];

    private static readonly string[] Testing = [.. RunMathOptions.Table.Specs
        .Where(spec => spec.Group is RunMathOptions.TestingGroup or SearchFlags.Heading
            || spec.Name is "datasets_dir" or "max_test_samples")
        .Select(spec => spec.Name)];

    /// <summary>What a trained adapter depends on.</summary>
    public static JsonObject OfTraining(RunMathOptions options)
    {
        var identity = Select(options, IsOfTraining);
        identity["dataset_sha256"] = HashOf(options.Data.DatasetPath);
        identity["nncf_config_sha256"] = HashOf(options.Adapter.NncfConfig);
        if (options.Data.TaskFile is not null)
        {
            identity["task_file_sha256"] = HashOf(options.Data.TaskFile);
        }

        return identity;
    }

    /// <summary>What the results of its search and test depend on besides; null where neither is asked for.</summary>
    public static JsonObject? OfTesting(RunMathOptions options, TaskSuite suite)
    {
        if (!options.DoTest && !options.Search.DoSearch)
        {
            return null;
        }

        var identity = Select(options, option => Testing.Contains(option) && !Incidental.Contains(option));
        identity["suite"] = suite.Name;
        if (options.DoTest)
        {
            identity["sets_sha256"] = new JsonObject(suite.Tasks.Select(task =>
                KeyValuePair.Create(task.Name, (JsonNode?)HashOf(task.DataPath(options.Data.DatasetsDir)))));
        }

        return identity;
    }

    /// <summary>Whether an option is part of a training's identity.</summary>
    public static bool IsOfTraining(string option) => !Incidental.Contains(option) && !Testing.Contains(option);

    /// <summary>The value of an option that a folder written by an earlier version does not know.</summary>
    public static JsonNode? Default(string option) => RunMathOptions.Table.Find(option)?.Read(new RunMathOptions());

    private static JsonObject Select(RunMathOptions options, Func<string, bool> isPart) => new(
        RunMathOptions.Table.Specs.Where(spec => isPart(spec.Name))
            .Select(spec => KeyValuePair.Create(spec.Name, spec.Read(options))));

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
