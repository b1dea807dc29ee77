using LoNas.Cli.Flags;
using LoNas.Cli.Options;
using LoNas.Data;

namespace LoNas.Cli.Evaluate;

/// <summary>The options of <c>evaluate</c>.</summary>
internal sealed record EvaluateOptions
{
    public ModelFlags Model { get; init; } = new();

    public AdapterFlags Adapter { get; init; } = new();

    /// <summary>Names of built-in sets or suites, and task files.</summary>
    public IReadOnlyList<string> Tasks { get; init; } = [];

    public string DatasetsDir { get; init; } = "datasets";

    public EncodingFlags Encoding { get; init; } = new();

    /// <summary>Null: all records.</summary>
    public int? Limit { get; init; }

    public TestingFlags Testing { get; init; } = new();

    public bool Json { get; init; }

    public OutputFlags Output { get; init; } = new();

    public string GlueDir { get; init; } = new GlueFlags().GlueDir;

    public int MaxSeqLength { get; init; } = new GlueFlags().MaxSeqLength;

    public RecordFlags Records { get; init; } = new();

    /// <summary>Null: half of a window.</summary>
    public int? Stride { get; init; }

    /// <summary>Whether a loss is measured.</summary>
    public bool IsOfLoss => Tasks.Any(LossTask.Is);

    /// <summary>Whether a classifier is judged.</summary>
    public bool IsOfGlue => Tasks.Any(TaskNames.IsOfGlue);

    /// <summary>How tables are shown.</summary>
    public TableFlags Tables { get; init; } = new();

    /// <summary>The flags.</summary>
    public static OptionTable<EvaluateOptions> Table { get; } = new OptionTable<EvaluateOptions>(new EvaluateOptions())
        .Part(o => o.Model, (o, v) => o with { Model = v }, ModelFlags.Rows)
        .Part(o => o.Adapter, (o, v) => o with { Adapter = v }, rows => AdapterFlags.Rows(rows, "the base model alone"))
        .Group("Tasks")
        .Add("tasks", OptionValues.List with { Choices = TaskNames.Words }, o => o.Tasks,
            (o, v) => o with { Tasks = v },
            $"{TaskNames.Allowed}; docs/evaluation.md and docs/glue.md describe those")
        .Required()
        .Add("datasets_dir", OptionValues.Text("DIR"), o => o.DatasetsDir, (o, v) => o with { DatasetsDir = v ?? "" },
            "folder of the named sets: SET/test.json")
        .Add("glue_dir", OptionValues.Text("DIR"), o => o.GlueDir, (o, v) => o with { GlueDir = v ?? "" },
            "folder of GLUE's tasks")
        .Add("max_seq_length", OptionValues.Integer, o => o.MaxSeqLength, (o, v) => o with { MaxSeqLength = v },
            "most tokens of a text or pair of GLUE")
        .Part(o => o.Encoding, (o, v) => o with { Encoding = v }, EncodingFlags.Rows)
        .Part(o => o.Records, (o, v) => o with { Records = v }, RecordFlags.JudgedRows)
        .Add("stride", OptionValues.OptionalInteger, o => o.Stride, (o, v) => o with { Stride = v },
            "tokens from one window of --cutoff_len of text:FILE to the next", "half of --cutoff_len")
        .Add("max_test_samples", OptionValues.OptionalInteger, o => o.Limit, (o, v) => o with { Limit = v },
            "ask the first N records of each task only", "all")
        .Also("limit")
        .Part(o => o.Testing, (o, v) => o with { Testing = v }, rows => TestingFlags.Rows(rows, "each task's own"))
        .Group(OutputFlags.Heading)
        .Add("json", OptionValues.Switch, o => o.Json, (o, v) => o with { Json = v },
            "one JSON object on standard output; everything else goes to standard error")
        .Part(o => o.Tables, (o, v) => o with { Tables = v }, TableFlags.Row)
        .Part(o => o.Output, (o, v) => o with { Output = v }, rows => OutputFlags.Rows(
            rows,
            "folder for result files; an interrupted evaluation goes on from there, one of GLUE starts again",
            "nothing is written",
            "forget an evaluation under way in --output_dir"))
        .Part(o => o.Model, (o, v) => o with { Model = v }, ModelFlags.ThreadRow);

    /// <summary>Everything that is wrong with the values and their combination; empty when nothing is.</summary>
    public IReadOnlyList<OptionProblem> Validate()
    {
        var problems = new OptionProblems();
        Model.Check(problems);
        Adapter.Check(problems);
        CheckTasks(problems);
        Encoding.Check(problems);
        Testing.Check(problems);
        Records.Check(problems);
        return problems
            .When(Output.Overwrite && Output.OutputDir.Length == 0,
                "--overwrite needs --output_dir", "overwrite", "output_dir")
            .Found;
    }

    private void CheckTasks(OptionProblems problems)
    {
        problems
            .When(Tasks.Count == 0, $"--tasks is missing: give {TaskNames.Allowed}", "tasks")
            .When(
                Tasks.Distinct().Count() != Tasks.Count, $"--tasks names one twice: {string.Join(',', Tasks)}", "tasks")
            .When(IsOfGlue && !Tasks.All(TaskNames.IsOfGlue),
                "--tasks names tasks of GLUE, which a classifier is judged by, and others, which a language model "
                + "answers; evaluate them one after the other", "tasks")
            .When(IsOfLoss && !Tasks.All(LossTask.Is),
                "--tasks names records that a loss is measured of, and tasks that are answered; evaluate them one "
                + "after the other", "tasks")
            .When(!IsOfLoss && (Stride is not null || Records.Said.Count > 0),
                "--stride and the flags of how records are read need --tasks chat:FILE or text:FILE", "tasks", "stride",
                "cutoff_len", "train_on", "train_on_inputs", "truncation", "dataset_format")
            .AtLeast("stride", Stride, 1)
            .AtLeast("max_seq_length", MaxSeqLength, 4)
            .AtLeast("max_test_samples", Limit, 1);
        foreach (var texts in Tasks.Where(name => !TaskNames.IsKnown(name) && TableFile.IsName(name)))
        {
            problems.When(true, $"--tasks names '{texts}', a file of texts: 'lonas run-glue' with --train_file, "
                + "--validation_file and --do_eval judges a classifier by your own", "tasks");
        }

        foreach (var unknown in Tasks.Where(name => !TaskNames.IsKnown(name) && !TableFile.IsName(name)))
        {
            problems.When(true, $"--tasks names '{unknown}'; {TaskNames.Suggestion(unknown)}"
                + $"Expected {TaskNames.Allowed}", "tasks");
        }
    }
}
