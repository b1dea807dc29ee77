using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoNas.Cli.Flags;
using LoNas.Cli.Model;
using LoNas.Cli.Options;
using LoNas.Cli.Output;
using LoNas.Data;
using LoNas.Data.Records;
using LoNas.Formats.Peft;
using LoNas.Hub;
using LoNas.Search;
using LoNas.Text;
using LoNas.Text.Chat;

namespace LoNas.Cli.Train;

/// <summary>Conversations, instructions or texts for a language model.</summary>
internal sealed class RecordRunData : RunData
{
    /// <summary>What a search asks for as the run did.</summary>
    private static readonly string[] Kept =
    [
        "bf16", "fp16", "dtype", "dataset_path", "eval_dataset_path", "dataset_format", "columns", "skip_bad_records",
        "encoding", "chat_template", "chat_template_kwargs", "train_on", "train_on_inputs", "cutoff_len", "truncation",
        "val_set_size",
    ];

    private const int UsualRecords = 100;

    private readonly RunOptions _options;
    private readonly RecordFlags _flags;
    private readonly TrainingData _data;
    private readonly string _description;

    // Asked for several times, and a pass over all tokens each.
    private readonly Lazy<string> _trainingHash;
    private readonly Lazy<string> _validationHash;

    private RecordRunData(RunOptions options, TrainingData data, string description)
    {
        (_options, _flags, _data, _description) = (options, options.Records!, data, description);
        _trainingHash = new(() => HashOf(data.Training));
        _validationHash = new(() => HashOf(data.Validation));
    }

    public override string Source => string.Join(", ", _flags.DatasetPath);

    /// <summary>Records, or rows of records that are put together.</summary>
    public override int? TrainingCount => _options.ConcernsTraining
        ? ExampleBins.Count(_data.Training, TrainingSettings.Of(_options).JoinTo)
        : null;

    public override int ValidationCount => _data.Validation.Count;

    public override IReadOnlyList<string?> Files =>
        [.. _flags.DatasetPath, .. _flags.EvalDatasetPath, _flags.Chat.ChatTemplate];

    /// <summary>Reads and encodes the records, for which the model's small files are enough.</summary>
    public static RecordRunData Read(RunOptions options, ConsoleReporter console, CancellationToken cancel)
    {
        var flags = options.Records!;
        var folder = ModelOpening.Locate(options.Model, HubContent.Model, console, cancel);
        var template = flags.Chat.Template(folder);
        var day = template?.TellsTheTime == true ? RunDay.Of(options) : null;
        template = day is null ? template : template!.WithClock(day);
        var encoder = new RecordEncoder(TextTokenizer.Load(folder), flags.ToEncoding(template));
        var training = Open(flags.DatasetPath);
        var validation = flags.EvalDatasetPath.Count == 0 ? null : Open(flags.EvalDatasetPath);
        DataOpening.RequireTemplate(training, encoder, options.Model.ModelNameOrPath);
        var unencoded = new List<string>();
        var data = RecordTraining.Encode(
            training.Read(), validation?.Read(), encoder, Options(flags), Recorded(flags, training, template),
            flags.SkipBadRecords ? unencoded.Add : null);
        console.Line(training.Format is null
            ? Text($"{training.Count:N0} records of several formats: {training.Description}")
            : Text($"{training.Count:N0} {training.Description}"));
        if (validation is not null)
        {
            DataOpening.TellSkipped(validation, [], console);
        }

        DataOpening.TellSkipped(training, unencoded, console);
        return new RecordRunData(options, data, training.Description) { Day = day };

        RecordSet Open(IReadOnlyList<string> names) =>
            DataOpening.Open(names, flags.Reading, options.Model.HubWait, console, cancel);
    }

    /// <summary>The day that the chat template writes; null where it writes none.</summary>
    private RunDay? Day { get; init; }

    public override JsonObject TrainingIdentity()
    {
        var identity = new JsonObject
        {
            ["records_sha256"] = _trainingHash.Value,
            ["validation_records_sha256"] = _validationHash.Value,
        };
        if (Day is not null)
        {
            identity[RunDay.Key] = Day.Text;
        }

        return identity;
    }

    public override JsonObject TestingIdentity() => new() { ["judged_sha256"] = _validationHash.Value };

    public override JsonObject SearchIdentity() => new() { ["dataset"] = _validationHash.Value };

    public override OpenOptions Opening(OpenOptions request) => request with { NeedsLanguageModel = true };

    public override TrainingData Encode(ElasticModel model) => _data;

    public override SubAdapterSearch NewSearch(ElasticModel model, SubAdapterSearchOptions wanted, string folder) =>
        new(model, _data.Validation, wanted, folder);

    public override IEnumerable<string> ResultNames(ChosenSubAdapter? chosen) => [];

    /// <summary>Records have no answers to test by: training and search measure their loss.</summary>
    public override void Test(
        ElasticModel model, ChosenSubAdapter? chosen, bool trained, ConsoleReporter console,
        CancellationToken cancel) => throw new NotSupportedException();

    public override IEnumerable<string> DescribeTraining(TrainingData data)
    {
        var lengths = data.Encoded.UncutLengths;
        long learned = data.Training.Sum(example =>
            (long)example.Labels.Skip(1).Count(label => label != TrainingExample.IgnoredLabel));
        yield return $"records: {_description}; learned: {LearnedText}";
        yield return Text($"{data.Training.Count} to train on, {data.Validation.Count} for validation ")
            + Text($"(tokens: shortest {lengths.Min()}, longest {lengths.Max()}, {learned:N0} of ")
            + Text($"{lengths.Sum(length => (long)length):N0} learned); {data.Encoded.TruncatedCount} cut at ")
            + Text($"--cutoff_len {_flags.CutoffLen}, {data.Encoded.UnlabelledCount} without a label");
    }

    public override IEnumerable<string> DescribeTest(ElasticModel model, ChosenSubAdapter? chosen) => [];

    public override NextStep SearchStep(string adapter) => NextStep
        .With("train", "search it for small and good sub-adapters")
        .Give("model_name_or_path", _options.Model.ModelNameOrPath)
        .Give("model_revision", _options.Model.ModelRevision)
        .Keep(RunOptions.TrainTable, _options, Kept.Contains)
        .Give("val_set_size", _data.Validation.Count > 0 ? null
            : $"{Math.Clamp(_data.Training.Count / 2, 1, UsualRecords)}")
        .Give("lora_weights", adapter)
        .Give("do_train", "False")
        .Switch("do_search", true)
        .Give("output_dir", adapter);

    private string LearnedText => _flags.Learned switch
    {
        LearnedPart.All => "all tokens",
        LearnedPart.Last => "the last answer",
        _ => "the answers",
    };

    private static DataOptions Options(RecordFlags flags) => new()
    {
        CutoffLength = flags.CutoffLen,
        TrainOnInputs = flags.TrainOnInputs,
        Truncation = flags.CutPart,
        ValidationSize = flags.ValSetSize,
        MaxTrainingRecords = flags.MaxTrainSamples,
    };

    private static TrainedData Recorded(RecordFlags flags, RecordSet records, ChatTemplate? template) => new()
    {
        Format = records.Format is { } format ? RecordFlags.Formats.First(name => name.Value == format).Key : "mixed",
        TrainOnInputs = flags.TrainOnInputs,
        TrainOn = JsonNamingPolicy.SnakeCaseLower.ConvertName(flags.TrainOn.ToString()),
        CutoffLength = flags.CutoffLen,
        Columns = flags.Columns,
        SkipsBad = flags.SkipBadRecords,
        Truncation = JsonNamingPolicy.SnakeCaseLower.ConvertName(flags.Truncation.ToString()),
        // That of the model goes with the model.
        ChatTemplate = flags.Chat.ChatTemplate is null ? flags.Chat.Recorded?.ChatTemplate : template!.Source,
        TemplateVariables = flags.Chat.Variables.Count == 0 ? null
            : JsonSerializer.SerializeToNode(flags.Chat.Variables)!.AsObject(),
    };

    /// <summary>Stands for the tokens and what of them is learned.</summary>
    private static string HashOf(IReadOnlyList<TrainingExample> examples)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var example in examples)
        {
            hash.AppendData(MemoryMarshal.AsBytes(example.InputIds.AsSpan()));
            hash.AppendData(MemoryMarshal.AsBytes(example.Labels.AsSpan()));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
