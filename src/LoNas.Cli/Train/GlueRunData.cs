using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using LoNas.Cli.Evaluate;
using LoNas.Cli.Flags;
using LoNas.Cli.Model;
using LoNas.Cli.Options;
using LoNas.Cli.Output;
using LoNas.Data;
using LoNas.Evaluation.Glue;
using LoNas.Formats;
using LoNas.Hub;
using LoNas.Search;
using LoNas.Training;

namespace LoNas.Cli.Train;

/// <summary>Labelled texts for a classifier: a task of GLUE, or files of the user's own.</summary>
internal sealed class GlueRunData : RunData
{
    /// <summary>What a search asks for as the run did.</summary>
    private static readonly string[] Kept =
    [
        "bf16", "fp16", "dtype", "task_name", "glue_dir", "train_file", "validation_file", "encoding", "max_seq_length",
        "max_eval_samples", "threads",
    ];

    private readonly RunOptions _options;
    private readonly GlueFlags _flags;
    private readonly GlueTask _task;
    private readonly IReadOnlyList<LabelledText> _training;
    private readonly IReadOnlyList<GluePart> _validation;
    private readonly IReadOnlyList<GluePart> _tests;

    private GlueRunData(
        RunOptions options, GlueTask task, IReadOnlyList<LabelledText> training, IReadOnlyList<GluePart> validation,
        IReadOnlyList<GluePart> tests)
    {
        (_options, _flags, _task) = (options, options.Glue!, task);
        _training = First(training, _flags.MaxTrainSamples);
        _validation = [.. validation.Select(part => part with { Texts = First(part.Texts, _flags.MaxEvalSamples) })];
        _tests = [.. tests.Select(part => part with { Texts = First(part.Texts, _flags.MaxPredictSamples) })];
    }

    public override string Source =>
        _flags.Task is { } task ? Path.Combine(_flags.GlueDir, task.Name) : _flags.TrainFile!;

    public override int? TrainingCount => _training.Count == 0 ? null : _training.Count;

    /// <summary>A search is judged by the matched part of mnli, as the training's loss is.</summary>
    public override int ValidationCount => Validation.Count;

    public override IReadOnlyList<string?> Files => [_flags.TrainFile, _flags.ValidationFile, _flags.TestFile];

    private IReadOnlyList<LabelledText> Validation => _validation.Count == 0 ? [] : _validation[0].Texts;

    private int BatchSize => _options.Testing.PerDeviceEvalBatchSize ?? TestingFlags.ClassifierBatch;

    /// <summary>Reads what the options ask for.</summary>
    public static GlueRunData Read(RunOptions options, ConsoleReporter console)
    {
        var flags = options.Glue!;
        bool isJudged = options.Validation.DoEval || options.Search.DoSearch
            || options.Validation.EvaluationStrategy != IntervalStrategy.No;
        if (flags.Task is not { } task)
        {
            var files = LabelledFiles.Load(
                flags.TrainFile, isJudged ? flags.ValidationFile : null, flags.DoPredict ? flags.TestFile : null,
                flags.Encoding.OfText, logger: new ConsoleLogger(console));
            return new GlueRunData(
                options, GlueTask.Own(files.Scheme), options.ConcernsTraining ? files.Training : [],
                isJudged ? [new GluePart("", files.Validation)] : [],
                flags.DoPredict ? [new GluePart("", files.Test)] : []);
        }

        IReadOnlyList<LabelledText> Load(GlueSplit split, string part = "") => GlueData.Load(
            task, flags.GlueDir, split, part, HubSettings.FromEnvironment(Environment.GetEnvironmentVariable),
            new ConsoleLogger(console));
        IReadOnlyList<GluePart> Parts(GlueSplit split, bool isRead) => !isRead ? [] :
            [.. task.Parts.Select((part, place) =>
                new GluePart(place == 0 ? "" : "_mm", Load(split, part)))];
        return new GlueRunData(
            options, task, options.ConcernsTraining ? Load(GlueSplit.Train) : [],
            Parts(GlueSplit.Validation, isJudged), Parts(GlueSplit.Test, flags.DoPredict));
    }

    public override JsonObject TrainingIdentity() => new()
    {
        ["labels"] = Labels(),
        ["train_sha256"] = HashOf(_training),
        ["validation_sha256"] =
            _options.Validation.EvaluationStrategy == IntervalStrategy.No ? null : HashOf(Validation),
    };

    public override JsonObject TestingIdentity() => new()
    {
        ["task"] = _task.Name,
        ["labels"] = Labels(),
        ["judged_sha256"] = HashOf([.. _validation.SelectMany(part => part.Texts)]),
        ["predicted_sha256"] = HashOf([.. _tests.SelectMany(part => part.Texts)]),
    };

    public override JsonObject SearchIdentity() => new()
    {
        ["task"] = _task.Name,
        ["dataset"] = HashOf(Validation),
        // How texts are batched shows in the last digits of their scores.
        ["per_device_eval_batch_size"] = BatchSize,
    };

    public override string LossTitle => "loss";

    public override OpenOptions Opening(OpenOptions request) => request with
    {
        NeedsClassifier = true,
        Labels = _task.Scheme.Outputs,
        LabelNames = _task.IsRegression ? null : _task.Labels,
    };

    public override TrainingData Encode(ElasticModel model) =>
        ClassifierData.Encode(
            _task.Relabel(_training, TaskOf(model)), _task.Relabel(Validation, TaskOf(model)), LengthFor(model),
            model.Tokenizer);

    public override Func<CancellationToken, ValidationFigures>? Judge(ElasticModel model, TrainingData data) =>
        cancel => FiguresOf(model, data, cancel);

    private ValidationFigures FiguresOf(ElasticModel model, TrainingData data, CancellationToken cancel)
    {
        var task = TaskOf(model);
        var scores = ClassifierEvaluator.Scores(
            model.Classifier, data.Validation, BatchSize, cancel: cancel, ranks: Ranks);
        double[] targets = [.. data.Validation.Select(example => example.Target!.Value)];
        return new ValidationFigures(
        [
            new(ValidationFigures.Loss, task.Loss(scores, targets)),
            // A correlation with a constant is none.
            .. task.Score([.. scores.Select(task.Predict)], targets).Where(figure => double.IsFinite(figure.Value)),
        ]);
    }

    public override SubAdapterSearch NewSearch(ElasticModel model, SubAdapterSearchOptions wanted, string folder)
    {
        var task = TaskOf(model);
        var examples = ClassifierData.Encode(
            _task.Relabel(Validation, task), LengthFor(model), model.Tokenizer).Examples;
        return new SubAdapterSearch(model, new ClassifierValidation(task, examples, BatchSize), wanted, folder);
    }

    public override IEnumerable<string> ResultNames(ChosenSubAdapter? chosen) =>
    [
        .. _options.Validation.DoEval ? [MetricsFiles.EvalResults, MetricsFiles.AllResults] : Array.Empty<string>(),
        .. _tests.Select(part => GlueTesting.PredictionsOf(_task, part)),
    ];

    public override void Test(
        ElasticModel model, ChosenSubAdapter? chosen, bool trained, ConsoleReporter console, CancellationToken cancel)
    {
        var task = TaskOf(model);
        IReadOnlyList<GluePart> Ordered(IReadOnlyList<GluePart> parts) =>
            [.. parts.Select(part => part with { Texts = _task.Relabel(part.Texts, task) })];
        var testing = new GlueTesting(model, task, LengthFor(model), BatchSize, console, Ranks);
        if (_options.Validation.DoEval)
        {
            testing.Evaluate(Ordered(_validation), chosen, _options.Output.OutputDir, cancel);
        }

        testing.Predict(Ordered(_tests), chosen, _options.Output.OutputDir, cancel);
    }

    public override IEnumerable<string> DescribeTraining(TrainingData data)
    {
        var lengths = data.Encoded.UncutLengths;
        yield return $"task: {_task.Title}, " + (_task.IsRegression ? "a number to be regressed"
            : $"{_task.Labels.Count} classes: {string.Join(", ", _task.Labels)}");
        yield return Text($"texts: {data.Training.Count} to train on, {data.Validation.Count} for validation ")
            + Text($"(tokens: shortest {lengths.Min()}, longest {lengths.Max()}, mean {lengths.Average():0.0}); ")
            + Text($"{data.Encoded.TruncatedCount} cut at --max_seq_length {_flags.MaxSeqLength}");
        yield return _flags.PadToMaxLength
            ? Text($"padding: to {_flags.MaxSeqLength} tokens; --pad_to_max_length False computes fewer and learns ")
                + "the same"
            : "padding: to the longest of a batch";
    }

    public override IEnumerable<string> DescribeTest(ElasticModel model, ChosenSubAdapter? chosen)
    {
        var which = model.Space is null ? "of the whole model"
            : $"of the maximal sub-adapter and of {chosen?.Name ?? "what is chosen from the front"}";
        if (_options.Validation.DoEval)
        {
            yield return $"evaluation: {Sum(_validation)} texts, {which}";
        }

        if (_tests.Count > 0)
        {
            yield return $"prediction: {Sum(_tests)} texts, into "
                + string.Join(", ", _tests.Select(part => GlueTesting.PredictionsOf(_task, part)));
        }
    }

    public override NextStep SearchStep(string adapter) => NextStep
        .With("run-glue", "search it for small and good sub-adapters")
        .Give("model_name_or_path", _options.Model.ModelNameOrPath)
        .Give("model_revision", _options.Model.ModelRevision)
        .Keep(RunOptions.GlueTable, _options, Kept.Contains)
        .Switch("lora", true)
        .Give("lora_weights", adapter)
        .Switch("do_search", true)
        .Give("num_evals", "40")
        .Give("population", "8")
        .Give("output_dir", adapter);

    private static IReadOnlyList<LabelledText> First(IReadOnlyList<LabelledText> texts, int? limit) =>
        limit is { } most && most < texts.Count ? [.. texts.Take(most)] : texts;

    private static string HashOf(IReadOnlyList<LabelledText> texts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var text in texts)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(new JsonArray(text.First, text.Second, text.Label).ToJsonString()));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The task with its classes in the order of the model's.</summary>
    private GlueTask TaskOf(ElasticModel model) => _task.Ordered(model.LabelNames);

    private JsonNode Labels() =>
        _task.IsRegression ? "number" : new JsonArray([.. _task.Labels.Select(name => (JsonNode)name)]);

    /// <summary>Learned positions end the length of a text.</summary>
    private int LengthFor(ElasticModel model) => _flags.MaxSeqLength <= model.Folder.Config.MaxPositions
        ? _flags.MaxSeqLength
        : throw new ArgumentException(
            $"--max_seq_length is {_flags.MaxSeqLength}, and the model '{_options.Model.ModelNameOrPath}' has learned "
            + $"{model.Folder.Config.MaxPositions} positions; give at most that");

    private static int Sum(IReadOnlyList<GluePart> parts) => parts.Sum(part => part.Texts.Count);

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
