using LoNas.Cli.Options;
using LoNas.Evaluation;
using LoNas.Storage;

namespace LoNas.Cli.Flags;

/// <summary>
/// The options of <c>run-math</c> and <c>run-commonsense</c>, which differ in test sets and a default. Names and
/// defaults follow the reference's script and Hugging Face's TrainingArguments 4.31.
/// </summary>
internal sealed record RunOptions
{
    /// <summary>The group of the flags that make another test, but not another training.</summary>
    public const string TestingGroup = "Testing";

    public ModelFlags Model { get; init; } = new();

    public DataFlags Data { get; init; } = new();

    public NewAdapterFlags NewAdapter { get; init; } = new();

    public AdapterFlags Adapter { get; init; } = new();

    public TrainingFlags Training { get; init; } = new();

    public LearningRateFlags Rate { get; init; } = new();

    public ValidationFlags Validation { get; init; } = new();

    public bool DoTest { get; init; }

    public TestingFlags Testing { get; init; } = new();

    public SearchFlags Search { get; init; } = new();

    public OutputFlags Output { get; init; } = new();

    public CheckpointFlags Checkpoints { get; init; } = new();

    public bool DryRun { get; init; }

    /// <summary>Whether is trained, or a dry run of nothing else says what a training would be.</summary>
    public bool ConcernsTraining => Training.DoTrain || (DryRun && !Search.DoSearch && !DoTest);

    /// <summary>Whether a dry run shows all that it knows.</summary>
    public bool Verbose { get; init; }

    /// <summary>Whether a training goes on though memory or disk seem too small.</summary>
    public bool Force { get; init; }

    /// <summary>How tables are shown.</summary>
    public TableFlags Tables { get; init; } = new();

    /// <summary>The flags of <c>run-math</c>.</summary>
    public static OptionTable<RunOptions> Table { get; } = TableOf(TaskSuite.Math);

    /// <summary>The flags of <c>run-commonsense</c>.</summary>
    public static OptionTable<RunOptions> Commonsense { get; } = TableOf(TaskSuite.Commonsense);

    /// <summary>Everything that is wrong with the values and their combination; empty when nothing is.</summary>
    public IReadOnlyList<OptionProblem> Validate()
    {
        var problems = new OptionProblems();
        Model.Check(problems);
        CheckTask(problems);
        CheckAdapters(problems);
        NewAdapter.Check(problems);
        Data.Check(problems);
        Adapter.CheckChoice(problems);
        Testing.Check(problems);
        Training.Check(problems);
        Rate.Check(problems);
        Validation.Check(problems);
        Checkpoints.Check(problems);
        Search.Check(problems);
        CheckSearch(problems);
        return problems.Found;
    }

    private static OptionTable<RunOptions> TableOf(TaskSuite suite)
    {
        var defaults = new RunOptions { Data = new DataFlags { ValSetSize = suite.ValidationSize } };
        var table = new OptionTable<RunOptions>(defaults)
            .Part(o => o.Model, (o, v) => o with { Model = v }, ModelFlags.Rows)
            .Part(o => o.Data, (o, v) => o with { Data = v }, rows => DataFlags.Rows(rows, suite))
            .Part(o => o.NewAdapter, (o, v) => o with { NewAdapter = v }, NewAdapterFlags.Rows)
            .Part(o => o.Adapter, (o, v) => o with { Adapter = v }, AddTrainedAdapter)
            .Part(o => o.Training, (o, v) => o with { Training = v }, TrainingFlags.Rows)
            .Part(o => o.Rate, (o, v) => o with { Rate = v }, LearningRateFlags.Rows)
            .Part(o => o.Validation, (o, v) => o with { Validation = v }, ValidationFlags.Rows);
        AddTesting(table, suite);
        table.Part(o => o.Search, (o, v) => o with { Search = v }, rows => SearchFlags.Rows(rows, suite.Name));
        AddOutput(table);
        return table;
    }

    private static void AddTrainedAdapter(OptionTable<AdapterFlags> table) => AdapterFlags.SourceRows(
        table,
        "PEFT folder or hub name of a trained adapter, to test or, with --do_train, to start from; its "
        + "adapter_config.json replaces the --lora_ values",
        "search space and training stages of the super-adapter; without it plain LoRA is trained",
        null,
        "the one that lonas.json beside --lora_weights names");

    private static void AddTesting(OptionTable<RunOptions> table, TaskSuite suite) => table
        .Group(TestingGroup)
        .Add("do_test", OptionValues.Switch, o => o.DoTest, (o, v) => o with { DoTest = v },
            "answer the test sets and count what is right")
        .Part(o => o.Adapter, (o, v) => o with { Adapter = v }, rows => AdapterFlags.ChoiceRows(
            rows,
            "sub-adapter to test: maximal, heuristic, minimal, a JSON file or entry N of a front; needs a "
            + "configuration"))
        .Part(o => o.Testing, (o, v) => o with { Testing = v }, rows => TestingFlags.Rows(
            rows, $"{suite.Tasks.Max(task => task.MaxNewTokens)}"));

    private static void AddOutput(OptionTable<RunOptions> table) => table
        .Part(o => o.Output, (o, v) => o with { Output = v }, rows => OutputFlags.Rows(
            rows, "folder for adapters, checkpoints and results; --do_train, --do_search and --do_test need it"))
        .Part(o => o.Checkpoints, (o, v) => o with { Checkpoints = v }, CheckpointFlags.Rows)
        .Add("dry_run", OptionValues.Switch, o => o.DryRun, (o, v) => o with { DryRun = v },
            "say what the command would do, with steps, parameters and expected memory; train and write nothing")
        .Add("verbose", OptionValues.Switch, o => o.Verbose, (o, v) => o with { Verbose = v },
            "with --dry_run: token lengths and all options too")
        .Add("force", OptionValues.Switch, o => o.Force, (o, v) => o with { Force = v },
            "train though memory or disk seem too small")
        .Part(o => o.Tables, (o, v) => o with { Tables = v }, TableFlags.Row)
        .Part(o => o.Model, (o, v) => o with { Model = v }, ModelFlags.ThreadRow);

    private void CheckTask(OptionProblems problems) => problems
        .When(!Training.DoTrain && !Search.DoSearch && !DoTest && !DryRun,
            "nothing to do; give --do_train, --do_search, --do_test or --dry_run",
            "do_train", "do_search", "do_test", "dry_run")
        .When(Verbose && !DryRun, "--verbose needs --dry_run", "verbose", "dry_run")
        .When((Training.DoTrain || Search.DoSearch || DoTest) && !DryRun && Output.OutputDir.Length == 0,
            "--output_dir is missing: give the folder for adapters and results", "output_dir")
        .When(Training.DoTrain && !Data.NamesRecords,
            "--do_train needs --dataset_path, a JSON file of training records", "dataset_path", "do_train")
        .When(DoTest && Data.DatasetsDir.Length == 0,
            "--do_test needs --datasets_dir, the folder of the test sets", "datasets_dir", "do_test")
        .When(Checkpoints.ResumeFromCheckpoint is not (null or "False") && !Training.DoTrain,
            "--resume_from_checkpoint needs --do_train", "resume_from_checkpoint", "do_train");

    private void CheckAdapters(OptionProblems problems) => problems
        .When(Training.DoTrain && !NewAdapter.Lora, "--do_train needs --lora: only adapters are trained", "do_train",
            "lora")
        .When(Adapter.LoraWeights is not null && !NewAdapter.Lora, "--lora_weights needs --lora", "lora_weights",
            "lora")
        .When(Adapter.NncfConfig is not null && !NewAdapter.Lora, "--nncf_config needs --lora", "nncf_config", "lora")
        .When(Training.DoTrain && Adapter.LoraWeights is { } start && IsWithin(start, Output.OutputDir),
            $"--lora_weights '{Adapter.LoraWeights}' is in --output_dir, where training would replace it; give another "
            + "--output_dir, or leave --lora_weights out to go on with the run in that folder",
            "lora_weights", "output_dir", "do_train")
        .When(Training.DoTrain && Output.OutputDir.Length > 0 && Directory.Exists(Model.ModelNameOrPath)
                && RealPath.Of(Model.ModelNameOrPath) == RealPath.Of(Output.OutputDir),
            "--output_dir is the folder of --model_name_or_path, which is read; give another --output_dir",
            "model_name_or_path", "output_dir", "do_train")
        .When(Training.DoTrain && Adapter.LoraWeights is not null && !Search.DoSearch
                && Adapter.Choice is { Name: null, IsLimited: true },
            "--max_macs and --min_accuracy choose from a front, and the one of --lora_weights is of the adapter before "
            + "this training; name one with --sub_adapter, or give --do_search",
            "lora_weights", "do_train", "max_macs", "min_accuracy")
        .When(DoTest && NewAdapter.Lora && !Training.DoTrain && Adapter.LoraWeights is null,
            "--do_test with --lora needs --lora_weights, the folder of a trained adapter, or --do_train",
            "lora_weights", "do_train", "do_test", "lora");

    /// <summary>Whether a path is a folder or something in it, also by links.</summary>
    private static bool IsWithin(string path, string folder) => folder.Length > 0 && Path.Exists(path)
        && RealPath.IsWithin(RealPath.Of(path), RealPath.Of(folder));

    private void CheckSearch(OptionProblems problems) => problems
        .When(Search.DoSearch && !Data.NamesRecords,
            "a search needs --dataset_path, whose validation records sub-adapters are judged by", "dataset_path",
            "do_search")
        .When(Search.DoSearch && Data.ValSetSize == 0,
            "a search needs --val_set_size, the number of records set aside to judge sub-adapters by",
            "val_set_size", "do_search")
        .When(Search.DoSearch && !Training.DoTrain && Adapter.LoraWeights is null,
            "a search needs --lora_weights, the folder of a trained adapter; run-math and run-commonsense can train "
            + "one with --do_train",
            "lora_weights", "do_train", "do_search");
}
