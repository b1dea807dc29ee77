using System.Text.Json.Nodes;
using LoNas.Cli.Evaluate;
using LoNas.Cli.Flags;
using LoNas.Cli.Model;
using LoNas.Cli.Options;
using LoNas.Cli.Output;
using LoNas.Cli.Search;
using LoNas.Data;
using LoNas.Evaluation;
using LoNas.Formats;
using LoNas.Opening;
using LoNas.Runtime;
using LoNas.Search;
using static TorchSharp.torch;

namespace LoNas.Cli.Train;

/// <summary>Instructions for a language model: the records to train on, and the sets to test on.</summary>
internal sealed class InstructionRunData : RunData
{
    private const int UsualRecords = 100;

    /// <summary>What of the data and the answers a search asks for as the run did.</summary>
    private static readonly string[] Kept =
        ["bf16", "fp16", "dataset_path", "task_file", "encoding", "cutoff_len", "train_on_inputs", "num_beams",
            "max_new_tokens"];

    private readonly RunOptions _options;
    private readonly TaskSuite _suite;
    private readonly IReadOnlyList<InstructionRecord>? _records;
    private readonly IReadOnlyList<TaskRecords> _tasks;

    /// <param name="options">The run's.</param>
    /// <param name="suite">What it is for.</param>
    /// <param name="records">All records of <c>--dataset_path</c>; null where they are not read.</param>
    /// <param name="tasks">What is tested on; empty where nothing is.</param>
    public InstructionRunData(
        RunOptions options, TaskSuite suite, IReadOnlyList<InstructionRecord>? records,
        IReadOnlyList<TaskRecords> tasks)
    {
        (_options, _suite, _records, _tasks) = (options, suite, records, tasks);
        if (options.Training.DoTrain && records?.Count == options.Data.ValSetSize)
        {
            throw new ArgumentException(
                $"--val_set_size {options.Data.ValSetSize} leaves no record of '{options.Data.DatasetPath}' to "
                + "train on; make it smaller");
        }
    }

    public override string Source => _options.Data.DatasetPath!;

    public override int? TrainingCount => _records is null ? null
        : Math.Min(_records.Count - _options.Data.ValSetSize, _options.Data.MaxTrainSamples ?? int.MaxValue);

    public override int ValidationCount => _options.Data.ValSetSize;

    public override IReadOnlyList<string?> Files =>
    [
        _options.Data.DatasetPath, _options.Data.TaskFile,
        .. _options.DoTest ? _suite.Tasks.Select(task => task.DataPath(_options.Data.DatasetsDir)) : [],
    ];

    /// <summary>How validation records are asked and judged: as the flag says, or as the command trains.</summary>
    private TaskSuite Asked => _options.Search.SearchTasks switch
    {
        SearchSuite.Math => TaskSuite.Math,
        SearchSuite.Commonsense => TaskSuite.Commonsense,
        _ => _suite,
    };

    /// <summary>Reads what the options ask for.</summary>
    public static InstructionRunData Read(RunOptions options, TaskSuite suite)
    {
        bool readsRecords = options.ConcernsTraining || options.Search.DoSearch;
        var records = options.Data.DatasetPath is { } path && readsRecords
            ? suite.LoadTraining(path, options.Data.Encoding.OfText)
            : null;
        var tasks = options.DoTest
            ? TaskRecords.Load(
                suite.Tasks, options.Data.DatasetsDir, options.Data.MaxTestSamples, options.Data.Encoding.OfText)
            : [];
        return new InstructionRunData(options, suite, records, tasks);
    }

    public override JsonObject TrainingIdentity()
    {
        var identity = new JsonObject { ["dataset_sha256"] = RunIdentity.HashOf(_options.Data.DatasetPath) };
        if (_options.Data.TaskFile is { } task)
        {
            identity["task_file_sha256"] = RunIdentity.HashOf(task);
        }

        return identity;
    }

    public override JsonObject TestingIdentity()
    {
        var identity = new JsonObject { ["suite"] = _suite.Name };
        if (_options.DoTest)
        {
            identity["sets_sha256"] = new JsonObject(_suite.Tasks.Select(task => KeyValuePair.Create(
                task.Name, (JsonNode?)RunIdentity.HashOf(task.DataPath(_options.Data.DatasetsDir)))));
        }

        return identity;
    }

    public override JsonObject SearchIdentity() => new()
    {
        ["search_tasks"] = Asked.Name,
        ["dataset"] = ContentHash.Of(
            _options.Data.TaskFile is { } task ? [_options.Data.DatasetPath!, task] : [_options.Data.DatasetPath!]),
    };

    public override OpenOptions Opening(OpenOptions request) => request with { NeedsLanguageModel = true };

    public override TrainingData Encode(ElasticModel model) =>
        TrainingData.Encode(_records!, _options.Data.ToOptions(_suite), model.Tokenizer);

    public override SubAdapterSearch NewSearch(ElasticModel model, SubAdapterSearchOptions wanted, string folder)
    {
        var validation = InstructionDataset.Split(
            _records!, _options.Data.ValSetSize, new SeededRandom(TrainingData.SplitSeed)).Validation;
        return new SubAdapterSearch(
            model, validation, Asked, wanted with { Data = _options.Data.ToOptions(_suite) }, folder);
    }

    public override IEnumerable<string> ResultNames(ChosenSubAdapter? chosen) =>
    [
        MetricsFiles.EvalResults, MetricsFiles.AllResults, EvaluationRun.JournalFile,
        .. _tasks.Select(set => ResultFile.NameOf(_suite.ResultName(chosen?.Name), set.Task)),
    ];

    public override void Test(
        ElasticModel model, ChosenSubAdapter? chosen, bool trained, ConsoleReporter console,
        CancellationToken cancel) =>
        new TestingRun(_options, _suite, model, chosen, trained, Ranks, console).Execute(_tasks, cancel);

    public override IEnumerable<string> DescribeTraining(TrainingData data)
    {
        var lengths = data.Encoded.UncutLengths;
        yield return Text($"records: {data.Training.Count} to train on, {data.Validation.Count} for validation ")
            + Text($"(tokens: shortest {lengths.Min()}, longest {lengths.Max()}); ")
            + Text($"{data.Encoded.TruncatedCount} cut at --cutoff_len {_options.Data.CutoffLen}, ")
            + Text($"{data.Encoded.UnlabelledCount} without a label");
    }

    public override IEnumerable<string> DescribeTest(ElasticModel model, ChosenSubAdapter? chosen)
    {
        var sets = _tasks.Select(set => $"{set.Task.Name} ({Count(set.Records.Count, "record")})");
        yield return $"test: {string.Join(", ", sets)}, "
            + (model.Space is null ? "of the whole model"
                : chosen is null ? "of what is chosen from the front"
                : $"of the sub-adapter {_options.Adapter.SubAdapter ?? chosen.Name}");
        var flags = _options.Testing;
        int tokens = flags.MaxNewTokens ?? _suite.Tasks.Max(task => task.MaxNewTokens);
        yield return $"generation: {(flags.NumBeams == 1 ? "greedy" : Count(flags.NumBeams, "beam"))}, at most "
            + $"{Count(tokens, "new token")}, "
            + (flags.PerDeviceEvalBatchSize is { } size ? $"{Count(size, "problem")} at once"
                : "as many problems at once as half of the free memory holds");
    }

    public override NextStep SearchStep(string adapter)
    {
        bool isSplit = _options.Data.ValSetSize > 0;
        int validation = isSplit ? _options.Data.ValSetSize : Math.Min(UsualRecords, _records?.Count ?? UsualRecords);
        return NextStep
            .With("search", isSplit ? "search it for small and good sub-adapters"
                : "search it for small sub-adapters, judged by records that it was trained on, since --val_set_size "
                    + "set none aside")
            .Give("model_name_or_path", _options.Model.ModelNameOrPath)
            .Give("model_revision", _options.Model.ModelRevision)
            .Give("lora_weights", adapter)
            .Keep(RunOptions.Table, _options, Kept.Contains)
            .Give("dtype", _options.Model.Dtype == ScalarType.Float32 ? "f32" : null)
            .Give("search_tasks", _suite == TaskSuite.Commonsense ? "commonsense" : null)
            .Give("val_set_size", $"{validation}")
            .Give("output_dir", adapter);
    }

    /// <summary>The flags of tests and search with what the run takes where nothing was said.</summary>
    public RunOptions Filled(RunOptions options, SearchRun? search)
    {
        int[] tokens = options.Testing.MaxNewTokens is { } given ? [given]
            : [.. (options.DoTest || search is null ? _suite.Tasks : []).Concat(search is null ? [] : Asked.Tasks)
                .Select(task => task.MaxNewTokens).Distinct()];
        return options with
        {
            // One number, unless search and test ask in two ways.
            Testing = options.Testing with { MaxNewTokens = tokens is [var most] ? most : null },
            Search = search is null ? options.Search : options.Search with
            {
                SearchTasks = Asked == TaskSuite.Math ? SearchSuite.Math
                    : Asked == TaskSuite.Commonsense ? SearchSuite.Commonsense
                    : null, // a task of one's own has no name there
            },
        };
    }

    private static string Count(int count, string name) => Text($"{count} {name}{(count == 1 ? "" : "s")}");

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
