using LoNas.Cli.Options;
using LoNas.Data.Records;
using LoNas.Formats.Peft;
using LoNas.Text.Chat;

namespace LoNas.Cli.Flags;

/// <summary>How longer records are cut, as a flag names it.</summary>
internal enum TruncationName
{
    /// <summary>Whole turns.</summary>
    Turns,

    /// <summary>The beginning.</summary>
    Left,

    /// <summary>The end.</summary>
    Right,
}

/// <summary>The answers that are learned, as a flag names them.</summary>
internal enum LearnedName
{
    /// <summary>All of the assistant.</summary>
    Answers,

    /// <summary>The last one.</summary>
    Last,
}

/// <summary>Conversations, instructions or texts that are trained on.</summary>
internal sealed record RecordFlags
{
    /// <summary>Files, folders or names of the hub.</summary>
    public IReadOnlyList<string> DatasetPath { get; init; } = [];

    /// <summary>The same for validation; empty: <see cref="ValSetSize"/> of the others.</summary>
    public IReadOnlyList<string> EvalDatasetPath { get; init; } = [];

    /// <summary>Null: recognised.</summary>
    public RecordFormat? DatasetFormat { get; init; }

    /// <summary>Names of a format's fields and the columns that hold them.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    public bool SkipBadRecords { get; init; }

    public EncodingFlags Encoding { get; init; } = new();

    public ChatFlags Chat { get; init; } = new();

    public LearnedName TrainOn { get; init; } = LearnedName.Answers;

    public bool TrainOnInputs { get; init; }

    public int CutoffLen { get; init; } = 1024;

    public TruncationName Truncation { get; init; } = TruncationName.Turns;

    public int ValSetSize { get; init; }

    public int? MaxTrainSamples { get; init; }

    /// <summary>The flags that were given; the others may follow what an adapter was trained with.</summary>
    public IReadOnlyList<string> Said { get; init; } = [];

    /// <summary>The formats as a flag names them.</summary>
    public static IReadOnlyDictionary<string, RecordFormat> Formats { get; } = new Dictionary<string, RecordFormat>(
        StringComparer.OrdinalIgnoreCase)
    {
        ["messages"] = RecordFormat.Messages,
        ["sharegpt"] = RecordFormat.ShareGpt,
        ["alpaca"] = RecordFormat.Alpaca,
        ["prompt_completion"] = RecordFormat.PromptCompletion,
        ["text"] = RecordFormat.Text,
    };

    /// <summary>A path may have a comma in it.</summary>
    public static OptionValue<IReadOnlyList<string>> Places { get; } = OptionValues.List with
    {
        Label = "FILE|DIR|NAME,...",
        Parse = text => Path.Exists(text) ? [text] : OptionValues.List.Parse(text),
    };

    /// <summary>How records are read.</summary>
    public RecordOptions Reading => new()
    {
        Format = DatasetFormat,
        Columns = ColumnNames(out _),
        SkipBad = SkipBadRecords,
        Encoding = Encoding.OfText,
    };

    /// <summary>What is learned of them.</summary>
    public LearnedPart Learned => TrainOnInputs ? LearnedPart.All
        : TrainOn == LearnedName.Last ? LearnedPart.Last
        : LearnedPart.Answers;

    /// <summary>What longer records lose.</summary>
    public RecordTruncation CutPart => Truncation switch
    {
        TruncationName.Left => RecordTruncation.Left,
        TruncationName.Right => RecordTruncation.Right,
        _ => RecordTruncation.Turns,
    };

    /// <summary>The flags as an adapter was trained, where none says otherwise.</summary>
    /// <param name="data">How its records were read.</param>
    public RecordFlags As(TrainedData data)
    {
        T Take<T>(string name, T own, T trained) => Said.Contains(name) ? own : trained;
        return this with
        {
            DatasetFormat = Take<RecordFormat?>(
                "dataset_format", DatasetFormat, Formats.TryGetValue(data.Format, out var format) ? format : null),
            Columns = Columns.Count > 0 ? Columns : data.Columns,
            SkipBadRecords = SkipBadRecords || data.SkipsBad,
            Chat = Chat with { Recorded = data },
            CutoffLen = Take("cutoff_len", CutoffLen, data.CutoffLength),
            TrainOnInputs = Take("train_on_inputs", TrainOnInputs, data.TrainOnInputs && !Said.Contains("train_on")),
            TrainOn = Take("train_on", TrainOn, data.TrainOn == "last" ? LearnedName.Last : LearnedName.Answers),
            Truncation = Take(
                "truncation", Truncation, Enum.TryParse<TruncationName>(data.Truncation, ignoreCase: true, out var cut)
                    ? cut
                    : TruncationName.Right),
        };
    }

    /// <summary>How records become tokens.</summary>
    /// <param name="template">The chat template; null where there is none.</param>
    public RecordEncoding ToEncoding(ChatTemplate? template) => new()
    {
        CutoffLength = CutoffLen,
        Learned = Learned,
        Truncation = CutPart,
        Template = template,
        Variables = Chat.Variables,
    };

    public static void Rows(OptionTable<RecordFlags> table)
    {
        SourceRows(table);
        table
            .Add("eval_dataset_path", Places, o => o.EvalDatasetPath,
                (o, v) => o with { EvalDatasetPath = v },
                "the same to be judged by, in place of --val_set_size")
            .Add("val_set_size", OptionValues.Integer, o => o.ValSetSize, (o, v) => o with { ValSetSize = v },
                "records of --dataset_path set aside for validation")
            .Add("max_train_samples", OptionValues.OptionalInteger, o => o.MaxTrainSamples,
                (o, v) => o with { MaxTrainSamples = v }, "train on the first N records only", "all");
        EncodingRows(table);
    }

    /// <summary>Which records, and how they are read.</summary>
    public static void SourceRows(OptionTable<RecordFlags> table) => table
        .Group("Data")
        .Add("dataset_path", Places, o => o.DatasetPath,
            (o, v) => o with { DatasetPath = v },
            "conversations, instructions or texts: JSON, JSON Lines, CSV, TSV or Parquet files, also with .gz, folders "
            + "of them, or names of data sets of the hub")
        .Add("dataset_format", OptionValues.OneOf(Formats), o => o.DatasetFormat,
            (o, v) => o.Saying("dataset_format") with { DatasetFormat = v },
            "format of the records, as docs/data.md describes them", "recognised by their keys")
        .Add("columns", OptionValues.List with { Label = "FIELD=COLUMN,..." }, o => o.Columns,
            (o, v) => o with { Columns = v },
            "columns that hold a format's fields, such as prompt=question,completion=answer", "of the same names")
        .Add("skip_bad_records", OptionValues.Switch, o => o.SkipBadRecords, (o, v) => o with { SkipBadRecords = v },
            "leave out records that are wrong, and say how many and which, instead of ending with an error")
        .Part(o => o.Encoding, (o, v) => o with { Encoding = v }, EncodingFlags.Rows);

    /// <summary>How the records of a loss are read, where an adapter was not trained so.</summary>
    public static void JudgedRows(OptionTable<RecordFlags> table)
    {
        table
            .Add("dataset_format", OptionValues.OneOf(Formats), o => o.DatasetFormat,
                (o, v) => o.Saying("dataset_format") with { DatasetFormat = v },
                "format of the records of chat:FILE", ByAdapter)
            .Add("columns", OptionValues.List with { Label = "FIELD=COLUMN,..." }, o => o.Columns,
                (o, v) => o with { Columns = v }, "columns that hold the fields of chat:FILE", "of the same names")
            .Add("skip_bad_records", OptionValues.Switch, o => o.SkipBadRecords,
                (o, v) => o with { SkipBadRecords = v },
                "leave out records of chat:FILE that are wrong, and say which");
        EncodingRows(table);
    }

    /// <summary>How records become tokens.</summary>
    public static void EncodingRows(OptionTable<RecordFlags> table) => table
        .Part(o => o.Chat, (o, v) => o with { Chat = v }, ChatFlags.Rows)
        .Add("train_on", OptionValues.Choice<LearnedName>(), o => o.TrainOn,
            (o, v) => o.Saying("train_on") with { TrainOn = v },
            "which messages of the assistant are learned")
        .Add("train_on_inputs", OptionValues.Switch, o => o.TrainOnInputs,
            (o, v) => o.Saying("train_on_inputs") with { TrainOnInputs = v },
            "learn all tokens, and not only what the assistant says")
        .Add("cutoff_len", OptionValues.Integer, o => o.CutoffLen,
            (o, v) => o.Saying("cutoff_len") with { CutoffLen = v },
            "most tokens of a record; longer texts are divided, others cut")
        .Add("truncation", OptionValues.Choice<TruncationName>(), o => o.Truncation,
            (o, v) => o.Saying("truncation") with { Truncation = v },
            "what longer records lose: turns, the oldest ones after a system message; left, their beginning; right, "
            + "their end");

    /// <summary>Notes what is wrong with the values.</summary>
    public void Check(OptionProblems problems)
    {
        Encoding.Check(problems);
        Chat.Check(problems);
        _ = ColumnNames(out var wrong);
        problems
            .When(wrong is not null,
                $"--columns has '{wrong}'; expected a field and its column, such as prompt=question", "columns")
            .When(TrainOnInputs && TrainOn != LearnedName.Answers,
                "--train_on_inputs learns all tokens, and --train_on some answers; give one of the two",
                "train_on_inputs", "train_on")
            .When(EvalDatasetPath.Count > 0 && ValSetSize > 0,
                "--eval_dataset_path and --val_set_size both say what is judged by; give one of the two",
                "eval_dataset_path", "val_set_size")
            .AtLeast("cutoff_len", CutoffLen, 2)
            .AtLeast("val_set_size", ValSetSize, 0)
            .AtLeast("max_train_samples", MaxTrainSamples, 1);
    }

    private const string ByAdapter = "as the adapter was trained, or recognised by their keys";

    private RecordFlags Saying(string flag) => this with { Said = [.. Said, flag] };

    private Dictionary<string, string> ColumnNames(out string? wrong)
    {
        var names = new Dictionary<string, string>();
        wrong = Columns.FirstOrDefault(pair =>
            pair.Split('=', 2) is not [{ Length: > 0 } field, { Length: > 0 } column] || !names.TryAdd(field, column));
        return names;
    }
}
