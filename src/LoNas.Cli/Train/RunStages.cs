using System.Text.Json.Nodes;
using LoNas.Cli.Evaluate;
using LoNas.Cli.Flags;
using LoNas.Cli.Model;
using LoNas.Cli.Output;
using LoNas.Cli.Search;
using LoNas.Data;
using LoNas.Evaluation;
using LoNas.Formats;
using LoNas.Formats.Peft;
using LoNas.Search;
using LoNas.Training;
using LoNas.Training.Checkpoints;

namespace LoNas.Cli.Train;

/// <summary>
/// A run of <c>run-math</c>, <c>run-commonsense</c> or <c>search</c>: it is opened, with every input read and checked
/// before anything is written, and then goes through those of its stages that the options ask for.
/// </summary>
internal sealed class RunStages : IDisposable
{
    private readonly RunOptions _options;
    private readonly TaskSuite _suite;
    private readonly ConsoleReporter _console;
    private readonly ElasticModel _model;
    private readonly FolderLock? _held;
    private readonly OutputFolder? _output;
    private readonly IReadOnlyList<TaskRecords> _tasks;
    private readonly ChosenSubAdapter? _chosen;
    private readonly SearchRun? _search;
    private readonly TrainingData? _data;
    private readonly int? _recordCount;

    private RunStages(
        RunOptions options, TaskSuite suite, Inputs inputs, ElasticModel model, ConsoleReporter console)
    {
        (_options, _suite, _console, _model) = (options, suite, console, model);
        (_held, _output, _tasks, _recordCount) = (inputs.Held, inputs.Output, inputs.Tasks, inputs.Records?.Count);
        if (StartsFromAdapter)
        {
            StartAdapter.Require(options.NewAdapter, model.Adapter, options.Adapter.LoraWeights!);
        }

        if (options.Training.DoTrain && inputs.Output?.Stage < RunStage.Trained)
        {
            OutputEntries.RequireUnread(Folder, TrainingInputs.Of(options, suite, model, console));
        }

        // A front that is still to be searched can't be chosen from yet.
        _chosen = ChoosesLater ? null : model.Choose(options.Adapter.Choice);
        if (options.DoTest && !ChoosesLater)
        {
            OwnResults.RequirePlaces(
                Folder, options.Output.Overwrite, RunInputs.Of(options, suite, console),
                [
                    MetricsFiles.EvalResults, MetricsFiles.AllResults, EvaluationRun.JournalFile,
                    .. _tasks.Select(set => ResultFile.NameOf(suite.ResultName(_chosen?.Name), set.Task)),
                ]);
        }

        _search = options.Search.DoSearch ? SearchRun.Prepare(options, model, inputs.Records!, suite, console) : null;
        bool isTrained = inputs.Output?.Stage == RunStage.Trained;
        if (inputs.Records is { } records && !isTrained && options.ConcernsTraining)
        {
            _data = TrainingData.Encode(records, options.Data.ToOptions(suite), model.Tokenizer);
        }
    }

    private bool ChoosesLater => _options.Search.DoSearch && _options.Adapter.Choice is { Name: null, IsLimited: true };

    /// <summary>Whether a trained adapter is trained on, and not only tested after that.</summary>
    private bool StartsFromAdapter => _options.Training.DoTrain && _options.Adapter.LoraWeights is not null
        && _output?.Stage is not (RunStage.Trained or RunStage.Finished);

    private string Folder => _options.Output.OutputDir;

    /// <summary>
    /// Opens a run; null where it was finished earlier, or where only its plan was asked for and is shown.
    /// </summary>
    public static RunStages? Open(
        RunOptions options, TaskSuite suite, RunCommand command, ConsoleReporter console, CancellationToken cancel)
    {
        var given = options;
        (options, suite) = OwnTask.Apply(options, suite);
        options = ConfiguredAdapter.Apply(options, console, cancel);
        var inputs = Inputs.Read(options, suite);
        ElasticModel? model = null;
        try
        {
            if (inputs.Output?.Stage == RunStage.Finished && !options.DryRun)
            {
                console.Line($"finished earlier: '{options.Output.OutputDir}' holds the results; "
                    + "--overwrite starts again");
                bool isElastic = AdapterManifest.Configuration(
                    options.Output.OutputDir, options.Adapter.NncfConfig) is not null;
                RunNextStep.Of(options, suite, isElastic, inputs.Records?.Count).Show(console);
                inputs.Dispose();
                return null;
            }

            if (!options.DryRun)
            {
                AbandonedFiles.Remove(options.Output.OutputDir);
            }

            model = ModelOpening.OpenCausal(Request(options, inputs.Output), console, cancel);
            var run = new RunStages(options, suite, inputs, model, console);
            run.ShowNotes();
            if (!options.DryRun)
            {
                return run;
            }

            new DryRunReport(command, given, console).Show(new ResolvedRun(options, suite, model)
            {
                Data = run._data,
                Search = run._search,
                Sets = inputs.Tasks,
                Chosen = run._chosen,
                Stage = inputs.Output?.Stage,
            });
            run.Dispose();
            return null;
        }
        catch
        {
            model?.Dispose();
            inputs.Dispose();
            throw;
        }
    }

    /// <summary>Trains the adapter, or goes on with a training that was interrupted.</summary>
    public void Train(CancellationToken cancel)
    {
        if (_data is null)
        {
            return;
        }

        if (_model.Device.type != TorchSharp.DeviceType.CPU)
        {
            _console.Line($"training on {_model.Device}");
        }

        TrainingNeeds.Of(_options, _model, _data).Require(_options, _model, _console);
        Interruption.Explain(
            () => TrainingCommandRun.Execute(_options, _model, _data, _output!, _console, cancel),
            () => Kept.Checkpoint(Folder));
        _console.Line($"adapter: {Folder}");
    }

    /// <summary>Searches the sub-adapters, or goes on with a search that was interrupted.</summary>
    public void Search(CancellationToken cancel) => _search?.Execute(cancel);

    /// <summary>Tests the chosen sub-adapter, and notes that all that was asked for is done.</summary>
    public void Test(CancellationToken cancel)
    {
        var chosen = ChoosesLater
            ? _model.Choose(_options.Adapter.Choice with { Name = Path.Combine(Folder, SearchFiles.Front) })
            : _chosen;
        if (_options.DoTest)
        {
            new TestingRun(_options, _suite, _model, chosen, trained: _data is not null, _console)
                .Execute(_tasks, cancel);
        }

        _output?.Advance(RunStage.Finished);
    }

    /// <summary>Says what to do with the results.</summary>
    public void ShowNext()
    {
        bool isTestedAlone = !_options.Training.DoTrain && !_options.Search.DoSearch;
        var next = isTestedAlone && _options.Adapter.LoraWeights is not null
            ? NextSteps.OfAdapter(_model, _chosen, _options.Model, _options.Adapter)
            : RunNextStep.Of(_options, _suite, _model.Space is not null, _recordCount);
        next.Show(_console);
    }

    public void Dispose()
    {
        _model.Dispose();
        _held?.Dispose();
    }

    private static OpenOptions Request(RunOptions options, OutputFolder? output)
    {
        var adapter = output?.Stage == RunStage.Trained ? options.Output.OutputDir : options.Adapter.LoraWeights;
        return options.Model.Opening() with
        {
            Use = options.DryRun ? ModelUse.Shapes : ModelUse.Compute,
            NewAdapter = options.NewAdapter.Lora && adapter is null ? options.NewAdapter.ToLora() : null,
            Adapter = adapter,
            Dropout = options.Training.DoTrain ? options.NewAdapter.LoraDropout : null,
            ConfigurationFile = options.Adapter.NncfConfig,
            Seed = options.Training.Seed,
        };
    }

    private void ShowNotes()
    {
        if (_data is null)
        {
            return;
        }

        if (StartsFromAdapter)
        {
            _console.Line(StartAdapter.Describe(_model.Adapter.Options!, _options.Adapter.LoraWeights!));
        }

        foreach (var note in _data.Notes(_model.Folder.Config.MaxPositions)
            .Concat(TrainingSettings.Notes(_options, _model, _data)))
        {
            _console.Warn(note);
        }
    }

    /// <summary>What is read before the model: the folder, held for this run, and the data.</summary>
    private sealed record Inputs(
        FolderLock? Held, OutputFolder? Output, IReadOnlyList<InstructionRecord>? Records,
        IReadOnlyList<TaskRecords> Tasks)
        : IDisposable
    {
        public static Inputs Read(RunOptions options, TaskSuite suite)
        {
            var folder = options.Output.OutputDir;
            var held = options.DryRun || folder.Length == 0 ? null : FolderLock.Take(folder);
            try
            {
                bool readsRecords = options.ConcernsTraining || options.Search.DoSearch;
                var records = options.Data.DatasetPath is { } path && readsRecords
                    ? suite.LoadTraining(path, options.Data.Encoding.OfText)
                    : null;
                var tasks = options.DoTest
                    ? TaskRecords.Load(
                        suite.Tasks, options.Data.DatasetsDir, options.Data.MaxTestSamples,
                        options.Data.Encoding.OfText)
                    : [];
                RequireRest(options, records);
                var output = options.Training.DoTrain && folder.Length > 0
                    ? OutputFolder.Inspect(
                        folder, RunIdentity.OfTraining(options), RunIdentity.OfTesting(options, suite),
                        options.Output.Overwrite, identity => StepsOf(options, records!.Count, identity))
                    : null;
                RunOrigin.Require(options, output);
                RequirePlaces(folder, output);
                if (output?.Stage < RunStage.Trained && !IsAskedForAnothers(options))
                {
                    OutputEntries.RequireOwnCheckpoints(
                        folder, StepsOf(options, records!.Count, RunIdentity.OfTraining(options)));
                }

                return new Inputs(held, output, records, tasks);
            }
            catch
            {
                held?.Dispose();
                throw;
            }
        }

        public void Dispose() => Held?.Dispose();

        /// <summary>Whether the newest checkpoint is to be gone on from and is another's: refused by that.</summary>
        private static bool IsAskedForAnothers(RunOptions options) =>
            string.Equals(options.Checkpoints.ResumeFromCheckpoint, "true", StringComparison.OrdinalIgnoreCase)
            && TrainingCheckpoint.All(options.Output.OutputDir).LastOrDefault() is { } last
            && !TrainingCheckpoint.IsOwn(last);

        private static int StepsOf(RunOptions options, int records, JsonObject identity)
        {
            int trained = Math.Min(records - options.Data.ValSetSize, options.Data.MaxTrainSamples ?? int.MaxValue);
            return TrainingPlan.For(trained, TrainingSettings.Of(RunIdentity.WithLength(options, identity))).MaxSteps;
        }

        /// <summary>What the run writes and merges at its end must be possible then.</summary>
        private static void RequirePlaces(string folder, OutputFolder? output)
        {
            if (folder.Length == 0 || output?.Stage == RunStage.Finished)
            {
                return;
            }

            OutputEntries.RequirePlaces(folder);
            if (output?.StartsAgain != true)
            {
                MetricsFiles.RequireMergeable(folder);
            }
        }

        private static void RequireRest(RunOptions options, IReadOnlyList<InstructionRecord>? records)
        {
            if (options.Training.DoTrain && records?.Count == options.Data.ValSetSize)
            {
                throw new ArgumentException(
                    $"--val_set_size {options.Data.ValSetSize} leaves no record of '{options.Data.DatasetPath}' to "
                    + "train on; make it smaller");
            }
        }
    }
}
