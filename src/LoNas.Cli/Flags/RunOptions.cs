using LoNas.Cli.Options;
using LoNas.Elastic;
using LoNas.Evaluation;
using LoNas.Search;
using LoNas.Storage;
using LoNas.Training;

namespace LoNas.Cli.Flags;

/// <summary>
/// The options of <c>run-math</c> and <c>run-commonsense</c>, which differ in test sets and a default, and of
/// <c>run-glue</c> and <c>train</c>, which have other data. Names and defaults follow the reference's scripts and
/// Hugging Face's TrainingArguments 4.31.
/// </summary>
internal sealed record RunOptions
{
    /// <summary>The group of the flags that make another test, but not another training.</summary>
    public const string TestingGroup = "Testing";

    public ModelFlags Model { get; init; } = new();

    public DataFlags Data { get; init; } = new();

    /// <summary>The texts of a classifier in place of <see cref="Data"/>; null for a language model.</summary>
    public GlueFlags? Glue { get; init; }

    /// <summary>Conversations or other records in place of <see cref="Data"/>; null for instructions.</summary>
    public RecordFlags? Records { get; init; }

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

    public DistributedFlags Distributed { get; init; } = new();

    public bool DryRun { get; init; }

    /// <summary>Whether anything is tested.</summary>
    public bool Tests => Glue is null ? DoTest : Validation.DoEval || Glue.DoPredict;

    /// <summary>Whether is trained, or a dry run of nothing else says what a training would be.</summary>
    public bool ConcernsTraining => Training.DoTrain || (DryRun && !Search.DoSearch && !Tests);

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

    /// <summary>The flags of <c>run-glue</c>.</summary>
    public static OptionTable<RunOptions> GlueTable { get; } = MakeGlueTable();

    /// <summary>The flags of <c>train</c>.</summary>
    public static OptionTable<RunOptions> TrainTable { get; } = MakeTrainTable();

    /// <summary>The flags of a run of this kind.</summary>
    public OptionTable<RunOptions> OwnTable => Glue is not null ? GlueTable : Records is not null ? TrainTable : Table;

    /// <summary>Everything that is wrong with the values and their combination; empty when nothing is.</summary>
    public IReadOnlyList<OptionProblem> Validate()
    {
        var problems = new OptionProblems();
        Model.Check(problems);
        CheckTask(problems);
        CheckAdapters(problems);
        NewAdapter.Check(problems);
        Data.Check(problems);
        Glue?.Check(problems);
        Records?.Check(problems);
        Adapter.CheckChoice(problems);
        Testing.Check(problems);
        Training.Check(problems);
        Rate.Check(problems);
        Validation.Check(problems);
        Checkpoints.Check(problems);
        Distributed.Check(problems);
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

    private static OptionTable<RunOptions> MakeGlueTable()
    {
        var defaults = new RunOptions
        {
            Glue = new GlueFlags(),
            NewAdapter = new NewAdapterFlags
            {
                Defaults = new LoraOptions
                {
                    Rank = 8,
                    Alpha = 16,
                    Dropout = 0.1,
                    TargetModules = ["query", "key", "value"],
                    TaskType = LoraOptions.ClassificationTask,
                },
            },
        };
        var table = new OptionTable<RunOptions>(defaults)
            .Part(o => o.Model, (o, v) => o with { Model = v }, ModelFlags.Rows)
            .Part(o => o.Glue!, (o, v) => o with { Glue = v }, GlueFlags.Rows)
            .Part(o => o.NewAdapter, (o, v) => o with { NewAdapter = v }, NewAdapterFlags.ClassifierRows)
            .Part(o => o.Adapter, (o, v) => o with { Adapter = v }, AddTrainedAdapter)
            .Part(o => o.Training, (o, v) => o with { Training = v }, TrainingFlags.Rows)
            .Part(o => o.Rate, (o, v) => o with { Rate = v }, LearningRateFlags.Rows)
            .Part(o => o.Validation, (o, v) => o with { Validation = v }, ValidationFlags.Rows)
            .Group(TestingGroup)
            .Part(o => o.Glue!, (o, v) => o with { Glue = v }, GlueFlags.TestRows)
            .Part(o => o.Adapter, (o, v) => o with { Adapter = v }, rows => AdapterFlags.ChoiceRows(
                rows,
                "sub-adapter to evaluate beside the maximal one and to predict with: maximal, heuristic, minimal, a "
                + "JSON file or entry N of a front; needs a configuration",
                "heuristic; with --do_search what it finds"))
            .Part(o => o.Testing, (o, v) => o with { Testing = v }, TestingFlags.BatchRow)
            .Part(o => o.Search, (o, v) => o with { Search = v }, SearchFlags.ClassifierRows);
        AddOutput(table);
        return table
            .Reword(
                "search_cost", "what is to be small: MACs or parameters; latency is measured of language models only")
            .Reword("gradient_checkpointing", "has no effect on a classifier")
            .Reword("do_eval", "judge the adapter by the validation texts, at its full size and cut")
            .Reword("evaluation_strategy", "when the validation loss and metric are measured during training")
            .Reword("output_dir",
                "folder for adapters, checkpoints and results; --do_train, --do_eval, --do_predict and --do_search "
                + "need it");
    }

    private static OptionTable<RunOptions> MakeTrainTable()
    {
        var defaults = new RunOptions
        {
            Records = new RecordFlags(),
            NewAdapter = new NewAdapterFlags { Lora = true },
            Training = new TrainingFlags { DoTrain = true },
        };
        var table = new OptionTable<RunOptions>(defaults)
            .Part(o => o.Model, (o, v) => o with { Model = v }, ModelFlags.Rows)
            .Part(o => o.Records!, (o, v) => o with { Records = v }, RecordFlags.Rows)
            .Part(o => o.NewAdapter, (o, v) => o with { NewAdapter = v }, NewAdapterFlags.Rows)
            .Part(o => o.Adapter, (o, v) => o with { Adapter = v }, AddTrainedAdapter)
            .Part(o => o.Training, (o, v) => o with { Training = v }, TrainingFlags.Rows)
            .Part(o => o.Rate, (o, v) => o with { Rate = v }, LearningRateFlags.Rows)
            .Part(o => o.Validation, (o, v) => o with { Validation = v }, ValidationFlags.Rows)
            .Part(o => o.Search, (o, v) => o with { Search = v }, SearchFlags.LossRows);
        AddOutput(table);
        return table
            .Reword("lora", "use low-rank adapters, the only thing that is trained")
            .Reword("do_train", "train the adapters; False: only search or evaluate those of --lora_weights")
            .Reword("do_eval", "measure the validation loss after training; needs records for validation")
            .Reword("output_dir", "folder for adapters, checkpoints and results; needed but with --dry_run")
            .Reword(
                "dataset_path",
                "conversations, instructions or texts: JSON, JSON Lines, CSV, TSV or Parquet files, also with .gz, "
                + "folders of them, or names of data sets of the hub", isRequired: true);
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
        .Part(o => o.Model, (o, v) => o with { Model = v }, ModelFlags.ThreadRow)
        .Part(o => o.Distributed, (o, v) => o with { Distributed = v }, DistributedFlags.Rows);

    private void CheckTask(OptionProblems problems)
    {
        bool doesNothing = !Training.DoTrain && !Search.DoSearch && !Tests;
        problems
            .When(Verbose && !DryRun, "--verbose needs --dry_run", "verbose", "dry_run")
            .When(!doesNothing && !DryRun && Output.OutputDir.Length == 0,
                "--output_dir is missing: give the folder for adapters and results", "output_dir")
            .When(Checkpoints.ResumeFromCheckpoint is not (null or "False") && !Training.DoTrain,
                "--resume_from_checkpoint needs --do_train", "resume_from_checkpoint", "do_train");
        problems.When(Records is null && Training.Packing == PackingName.Concat,
            "--packing concat is of 'lonas train'; give --packing, which computes padding in attention only",
            "packing");
        if (Glue is { } glue)
        {
            CheckTexts(problems, glue, doesNothing);
            return;
        }

        if (Records is { } records)
        {
            CheckRecords(problems, records, doesNothing);
            return;
        }

        problems
            .When(doesNothing && !DryRun,
                "nothing to do; give --do_train, --do_search, --do_test or --dry_run",
                "do_train", "do_search", "do_test", "dry_run")
            .When(Training.DoTrain && !Data.NamesRecords,
                "--do_train needs --dataset_path, a JSON file of training records", "dataset_path", "do_train")
            .When(DoTest && Data.DatasetsDir.Length == 0,
                "--do_test needs --datasets_dir, the folder of the test sets", "datasets_dir", "do_test");
    }

    private void CheckRecords(OptionProblems problems, RecordFlags records, bool doesNothing) => problems
        .When(doesNothing && !DryRun,
            "nothing to do with --do_train False; give --do_search", "do_train", "do_search")
        .When(Training.Packing == PackingName.Concat && Training.GroupByLength,
            "--packing concat puts records of all lengths together, and --group_by_length those of similar length; "
            + "give one of the two", "packing", "group_by_length")
        .When(Output.OutputDir.Length > 0 && records.DatasetPath.Concat(records.EvalDatasetPath).Any(path =>
                Directory.Exists(path) && RealPath.Of(path) == RealPath.Of(Output.OutputDir)),
            "--output_dir is a folder of the data, whose files are all read; give another --output_dir",
            "output_dir", "dataset_path", "eval_dataset_path")
        .When(records.DatasetPath.Count == 0,
            "--dataset_path is missing: give the conversations, instructions or texts to train on", "dataset_path")
        .When(Search.DoSearch && records is { ValSetSize: 0, EvalDatasetPath.Count: 0 },
            "a search needs --val_set_size or --eval_dataset_path, the records that sub-adapters are judged by",
            "val_set_size", "eval_dataset_path", "do_search");

    private void CheckTexts(OptionProblems problems, GlueFlags glue, bool doesNothing) => problems
        .When(doesNothing && !DryRun,
            "nothing to do; give --do_train, --do_eval, --do_predict, --do_search or --dry_run",
            "do_train", "do_eval", "do_predict", "do_search", "dry_run")
        .When(!glue.NamesTexts,
            "--task_name is missing: give a task of GLUE, or --train_file with texts of your own", "task_name",
            "train_file")
        .When(glue.TaskName is null && glue.ValidationFile is null
                && (Validation.DoEval || Search.DoSearch || Validation.EvaluationStrategy != IntervalStrategy.No),
            "--do_eval, --do_search and --evaluation_strategy need --validation_file, the texts to be judged by",
            "validation_file", "do_eval", "do_search", "evaluation_strategy")
        .When(Search.SearchCost == SearchCost.Latency,
            "--search_cost latency is measured of language models only; give macs or params", "search_cost")
        .When(glue is { TaskName: null, TestFile: null, DoPredict: true },
            "--do_predict needs --test_file, the texts to predict", "test_file", "do_predict");

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
        .When(Tests && NewAdapter.Lora && !Training.DoTrain && Adapter.LoraWeights is null,
            $"{(Glue is null ? "--do_test" : "--do_eval or --do_predict")} with --lora needs --lora_weights, the "
            + "folder of a trained adapter, or --do_train",
            "lora_weights", "do_train", Glue is null ? "do_test" : "do_eval", "lora");

    /// <summary>Whether a path is a folder or something in it, also by links.</summary>
    private static bool IsWithin(string path, string folder) => folder.Length > 0 && Path.Exists(path)
        && RealPath.IsWithin(RealPath.Of(path), RealPath.Of(folder));

    private void CheckSearch(OptionProblems problems) => problems
        .When(Glue is null && Records is null && Search.DoSearch && !Data.NamesRecords,
            "a search needs --dataset_path, whose validation records sub-adapters are judged by", "dataset_path",
            "do_search")
        .When(Glue is null && Records is null && Search.DoSearch && Data.ValSetSize == 0,
            "a search needs --val_set_size, the number of records set aside to judge sub-adapters by",
            "val_set_size", "do_search")
        .When(Search.DoSearch && !Training.DoTrain && Adapter.LoraWeights is null,
            Glue is null
                ? "a search needs --lora_weights, the folder of a trained adapter; run-math and run-commonsense can "
                    + "train one with --do_train"
                : "a search needs --lora_weights, the folder of a trained adapter, or --do_train",
            "lora_weights", "do_train", "do_search")
        .When(Search.Workers is not null && Output.Overwrite,
            "--overwrite would remove what other workers found; remove the folder yourself, or leave --workers out",
            "overwrite", "workers");
}
