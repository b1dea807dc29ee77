using LoNas.Cli.Model;
using LoNas.Evaluation;

namespace LoNas.Cli.Sets;

/// <summary>A file of a public data set.</summary>
/// <param name="Path">Where commands look for it, below the folder of all data sets.</param>
/// <param name="Source">Where it is at its source.</param>
/// <param name="Use">What it is for.</param>
/// <param name="Records">How many records it has as published; null where that is not checked.</param>
/// <param name="Otherwise">Another file that serves as well, below the same folder.</param>
internal sealed record PublicFile(string Path, string Source, string Use, int? Records, string? Otherwise = null)
{
    /// <summary>Whether its records can be read here: the tables of the hub are only looked for.</summary>
    public bool IsJson => Path.EndsWith(".json", StringComparison.Ordinal);

    public bool IsTest => Use == PublicSets.Test;
}

/// <summary>The data sets of one of the published experiments.</summary>
internal sealed record PublicSets
{
    public const string Training = "training";

    public const string Test = "test";

    public const string Validation = "validation";

    public const string Prediction = "prediction";

    public required string Name { get; init; }

    public required string Summary { get; init; }

    /// <summary>Where they come from and under which terms, for people.</summary>
    public required string Origin { get; init; }

    /// <summary>The repository of the hub that has the files; null where none is known to.</summary>
    public string? HubDataset { get; init; }

    /// <summary>Where files are downloaded from without the hub; null where the hub has them.</summary>
    public string? Address { get; init; }

    public required IReadOnlyList<PublicFile> Files { get; init; }

    /// <summary>How many records each test set has as published.</summary>
    private static IReadOnlyDictionary<string, int> TestRecords { get; } = new Dictionary<string, int>
    {
        ["AQuA"] = 254,
        ["gsm8k"] = 1319,
        ["mawps"] = 238,
        ["SVAMP"] = 1000,
        ["boolq"] = 3270,
        ["piqa"] = 1838,
        ["social_i_qa"] = 1954,
        ["hellaswag"] = 10042,
        ["winogrande"] = 1267,
        ["ARC-Easy"] = 2376,
        ["ARC-Challenge"] = 1172,
        ["openbookqa"] = 500,
    };

    /// <summary>All of them, in the order of the help.</summary>
    public static IReadOnlyList<PublicSets> All { get; } =
    [
        Adapters("math", NextSteps.MathRecords, EvaluationTask.Math),
        Adapters("commonsense", NextSteps.CommonsenseRecords, EvaluationTask.Commonsense),
        new()
        {
            Name = "glue",
            Summary = "GLUE: where from, what is there, a download of the rest",
            Origin = "GLUE (https://gluebenchmark.com, https://openreview.net/forum?id=rJ4km2R5t7), Parquet files of "
                + "https://huggingface.co/datasets/nyu-mll/glue; each task keeps the licence of its authors",
            HubDataset = "nyu-mll/glue",
            Files =
            [
                .. Glue("cola", "CoLA"), .. Glue("mnli", "MNLI", "_matched", "_mismatched"), .. Glue("mrpc", "MRPC"),
                .. Glue("qnli", "QNLI"), .. Glue("qqp", "QQP"), .. Glue("rte", "RTE"), .. Glue("sst2", "SST-2"),
                .. Glue("stsb", "STS-B"), .. Glue("wnli", "WNLI"),
            ],
        },
    ];

    /// <summary>The sets of LLM-Adapters, which the reference trains and tests on.</summary>
    private static PublicSets Adapters(string name, string training, IReadOnlyList<EvaluationTask> tests) => new()
    {
        Name = name,
        Summary = $"the {name} sets: where from, what is there, how to get the rest",
        Origin = "LLM-Adapters (https://github.com/AGI-Edgerunners/LLM-Adapters, "
                + "https://aclanthology.org/2023.emnlp-main.319), which gathered them; Apache-2.0, and the licences of "
                + "their authors",
        Address = "https://raw.githubusercontent.com/AGI-Edgerunners/LLM-Adapters/main",
        Files =
            [
                new(training, $"ft-training_set/{training}", Training, null),
                .. tests.Select(task => new PublicFile(
                    $"{task.Name}/test.json", $"dataset/{task.Name}/test.json", Test, TestRecords[task.Name])),
            ],
    };

    /// <summary>The files of a task; test files have no labels.</summary>
    private static IEnumerable<PublicFile> Glue(string task, string folder, params string[] parts)
    {
        PublicFile File(string split, string use, string own) => new(
            $"glue/{task}/{split}-00000-of-00001.parquet", $"{task}/{split}-00000-of-00001.parquet", use, null,
            $"glue/{folder}/{own}.tsv");
        string[] suffixes = parts.Length == 0 ? [""] : parts;
        return [File("train", Training, "train"),
            .. suffixes.Select(suffix => File($"validation{suffix}", Validation, $"dev{suffix}")),
            .. suffixes.Select(suffix => File($"test{suffix}", Prediction, $"test{suffix}"))];
    }
}
