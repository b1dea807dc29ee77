using System.Text.Json.Nodes;
using LoNas.Cli.Evaluate;
using LoNas.Cli.Flags;
using LoNas.Cli.Model;
using LoNas.Cli.Output;
using LoNas.Cli.Search;
using LoNas.Cli.Train;
using LoNas.Data;
using LoNas.Elastic;
using LoNas.Evaluation;
using LoNas.Formats;
using LoNas.Search;
using LoNas.Training;

namespace LoNas.Cli.Quickstart;

/// <summary>
/// The whole path on the committed sample: train a super-adapter on word problems, search it for a small sub-adapter,
/// test the base and four sub-adapters on held-out problems, and show what each costs and can do.
/// </summary>
internal sealed class QuickstartRun(QuickstartOptions quickstart, ConsoleReporter console)
{
    /// <summary>The held-out problems, asked as run-math asks; answers are short.</summary>
    private static readonly EvaluationTask Task = new("word_problems", "word_problems", 28, 24, AnswerRules.LastNumber);

    /// <summary>Runs everything and writes summary.json.</summary>
    public void Execute(CancellationToken cancel)
    {
        var options = TrainingOptions();
        using var held = FolderLock.Take(options.Output.OutputDir);
        var records = InstructionDataset.Load(options.Data.DatasetPath!);
        var data = new InstructionRunData(options, TaskSuite.Of(Task), records, []);
        var output = Inspect(options, data);
        var export = new QuickstartExport(options.Model.ModelNameOrPath, options.Output.OutputDir, console);
        export.RequirePlaces();
        var problems = InstructionDataset.Load(Task.DataPath(options.Data.DatasetsDir), isTestSet: true);
        using var model = ModelOpening.OpenCausal(Request(options, output.Stage), console, cancel);
        console.Line($"LoNAS on a {model.Costs.Full().TotalParameters / 1e6:0.0} M parameter LLaMA "
            + $"and {records.Count} word problems");
        var rows = new List<QuickstartRow> { TestBase(options, problems, cancel) };
        if (output.Stage < RunStage.Trained)
        {
            Interruption.Explain(
                () => TrainingCommandRun.Execute(
                    options, model, data, data.Encode(model), output, console, cancel),
                () => Kept.Checkpoint(options.Output.OutputDir));
        }

        var space = model.Space!;
        var best = SearchRun.Prepare(options, model, data, console).Execute(cancel).Best.Entry;
        foreach (var (name, subAdapter) in new[]
        {
            (SubAdapterChoice.Maximal, space.Maximal),
            (SubAdapterChoice.Heuristic, space.Heuristic),
            (SubAdapterChoice.Minimal, space.Minimal),
            ("best", Genome.ToSubAdapter(space, best.Genome)),
        })
        {
            rows.Add(Test(name, model, subAdapter, problems, cancel));
        }

        QuickstartRow.Save(rows, Path.Combine(options.Output.OutputDir, "summary.json"));
        QuickstartRow.Show(rows, options.Output.OutputDir, console);
        export.Execute(cancel);
        // Last: one that is interrupted in the export goes on there.
        output.Advance(RunStage.Finished);
    }

    /// <summary>An interrupted quickstart goes on; a finished one runs anew, since it is there to be watched.</summary>
    private OutputFolder Inspect(RunOptions options, RunData data)
    {
        OutputEntries.RequirePlaces(options.Output.OutputDir);
        var identity = new JsonObject { ["command"] = "quickstart", ["seed"] = options.Training.Seed };
        var output = OutputFolder.Inspect(options.Output.OutputDir, identity, testing: null,
            quickstart.Output.Overwrite);
        output = output.Stage == RunStage.Finished
            ? OutputFolder.Inspect(options.Output.OutputDir, identity, testing: null, overwrite: true)
            : output;
        SearchRun.RequirePlaces(
            options, data, isTrained: output.Stage >= RunStage.Trained || output.StartsAgain, console);
        if (output.Stage < RunStage.Trained)
        {
            OutputEntries.RequireOwnCheckpoints(options.Output.OutputDir, int.MaxValue);
        }

        if (!output.StartsAgain)
        {
            MetricsFiles.RequireMergeable(options.Output.OutputDir);
        }

        return output;
    }

    private RunOptions TrainingOptions() => new()
    {
        Model = quickstart.Model with { ModelNameOrPath = Path.Combine(NextSteps.Samples, "model") },
        Data = new DataFlags
        {
            DatasetPath = Path.Combine(NextSteps.Samples, "datasets", "word_problems", "train.json"),
            DatasetsDir = Path.Combine(NextSteps.Samples, "datasets"),
            TrainOnInputs = false,
            ValSetSize = 48,
        },
        NewAdapter = new NewAdapterFlags
        {
            Lora = true,
            LoraR = 32,
            LoraAlpha = 64,
            LoraDropout = 0,
            TargetModules = ["q_proj", "k_proj", "v_proj", "up_proj", "gate_proj", "down_proj"],
        },
        Adapter = new AdapterFlags { NncfConfig = Path.Combine(NextSteps.Samples, "nncf_lonas_quickstart.json") },
        Training = new TrainingFlags
        {
            DoTrain = true,
            NumTrainEpochs = 1,
            PerDeviceTrainBatchSize = 16,
            Seed = quickstart.Seed,
        },
        Validation = new ValidationFlags { LoggingSteps = 10 },
        Testing = new TestingFlags { NumBeams = 1 },
        Search = new SearchFlags { DoSearch = true, NumEvals = 40, Population = 8, WarmStart = true },
        Output = quickstart.Output,
        Checkpoints = new CheckpointFlags { SaveStrategy = IntervalStrategy.Epoch, SaveTotalLimit = 1 },
    };

    private static OpenOptions Request(RunOptions options, RunStage stage)
    {
        bool isTrained = stage >= RunStage.Trained;
        return options.Model.Opening() with
        {
            NewAdapter = isTrained ? null : options.NewAdapter.ToLora(),
            Adapter = isTrained ? options.Output.OutputDir : null,
            ConfigurationFile = options.Adapter.NncfConfig,
            Seed = options.Training.Seed,
        };
    }

    private QuickstartRow TestBase(
        RunOptions options, IReadOnlyList<InstructionRecord> problems, CancellationToken cancel)
    {
        using var model = ModelOpening.OpenCausal(options.Model.Opening(), console, cancel);
        return Test("base", model, null, problems, cancel);
    }

    private QuickstartRow Test(
        string name, ElasticModel model, SubAdapter? subAdapter, IReadOnlyList<InstructionRecord> problems,
        CancellationToken cancel)
    {
        using var active = model.Cut(subAdapter);
        using var bar = console.StartBar($"testing {name}", problems.Count);
        var task = new TaskRecords(Task, problems);
        using var run = new EvaluationRun(model, null, [task], new EvaluationOptions());
        var score = run.Run(task, progress => ShownEvaluation.Show(bar, progress), cancel);
        return new QuickstartRow(name, score.Result.Accuracy, model.CostOf(subAdapter));
    }
}
