using System.Text.Json.Nodes;
using LoNas.Cli.Flags;
using LoNas.Cli.Model;
using LoNas.Cli.Output;
using LoNas.Cli.Ranks;
using LoNas.Cli.Search;
using LoNas.Data;
using LoNas.Formats;
using LoNas.Formats.Peft;
using LoNas.Search;
using LoNas.Training;
using LoNas.Training.Checkpoints;

namespace LoNas.Cli.Train;

/// <summary>
/// A run of <c>train</c>, <c>run-math</c>, <c>run-commonsense</c>, <c>run-glue</c> or <c>search</c>: it is opened, with
/// every input read and checked before anything is written, and then goes through those of its stages that the options
/// ask for.
/// </summary>
internal sealed class RunStages : IDisposable
{
    private readonly RunOptions _options;
    private readonly ConsoleReporter _console;
    private readonly ElasticModel _model;
    private readonly FolderLock? _held;
    private readonly OutputFolder? _output;
    private readonly RunData _data;
    private readonly ChosenSubAdapter? _chosen;
    private readonly SearchRun? _search;
    private readonly TrainingData? _training;

    private readonly RankSession _session;

    private RunStages(
        RunOptions options, Inputs inputs, ElasticModel model, RankSession session, ConsoleReporter console)
    {
        (_options, _console, _model, _session) = (options, console, model, session);
        (_held, _output, _data) = (inputs.Held, inputs.Output, inputs.Data);
        _data.Ranks = session.Ranks;
        if (StartsFromAdapter)
        {
            StartAdapter.Require(options.NewAdapter, model.Adapter, options.Adapter.LoraWeights!);
        }

        if (options.Training.DoTrain && inputs.Output?.Stage < RunStage.Trained)
        {
            OutputEntries.RequireUnread(Folder, TrainingInputs.Of(options, _data, model, console));
        }

        // A front that is still to be searched can't be chosen from yet.
        _chosen = ChoosesLater ? null : model.Choose(options.Adapter.Choice);
        if (options.Tests && !ChoosesLater)
        {
            OwnResults.RequirePlaces(
                Folder, options.Output.Overwrite, RunInputs.Of(options, _data, console), _data.ResultNames(_chosen));
        }

        _search = options.Search.DoSearch ? SearchRun.Prepare(options, model, _data, console) : null;
        bool isTrained = inputs.Output?.Stage == RunStage.Trained;
        if (_data.TrainingCount is not null && !isTrained && options.ConcernsTraining)
        {
            _training = _data.Encode(model);
            var settings = TrainingSettings.Of(options);
            TrainingPlan.For(_training.Training, settings).RequireWork(session.Ranks.Size, settings);
        }
    }

    /// <summary>Whether a classifier's test is of what the search finds, as the reference's is.</summary>
    private bool TakesBest =>
        _options.Glue is not null && _options.Search.DoSearch
        && _options.Adapter.Choice is { Name: null, IsLimited: false };

    private bool ChoosesLater => _options.Search.DoSearch && _options.Adapter.Choice is { Name: null, IsLimited: true };

    /// <summary>Whether a trained adapter is trained on, and not only tested after that.</summary>
    private bool StartsFromAdapter => _options.Training.DoTrain && _options.Adapter.LoraWeights is not null
        && _output?.Stage is not (RunStage.Trained or RunStage.Finished);

    private string Folder => _options.Output.OutputDir;

    /// <summary>
    /// Opens a run on every rank that works on it; null where it was finished earlier, or where only its plan was asked
    /// for and is shown.
    /// </summary>
    public static RunStages? Meet(
        RunOptions options, RunCommand command, RankSession session, ConsoleReporter console,
        CancellationToken cancel) => session.Meet(
            () => Open(options, command, session, console, cancel),
            run => run is null ? RunFingerprint.OfNothing()
                : RunFingerprint.Of(run._options, run._data, run._model, run._output),
            console);

    private static RunStages? Open(
        RunOptions options, RunCommand command, RankSession session, ConsoleReporter console, CancellationToken cancel)
    {
        var given = options;
        options = options with { Model = RunFingerprint.Placed(options.Model, session.Place) };
        (options, var suite) = command.Suite is { } own ? OwnTask.Apply(options, own) : (options, null);
        options = TrainedAs.Apply(ConfiguredAdapter.Apply(options, console, cancel), console, cancel);
        var inputs = Inputs.Read(
            options, session.IsFirst,
            () => options.Records is not null ? RecordRunData.Read(options, console, cancel)
                : suite is null ? GlueRunData.Read(options, console)
                : InstructionRunData.Read(options, suite));
        ElasticModel? model = null;
        try
        {
            if (inputs.Output?.Stage == RunStage.Finished && !options.DryRun)
            {
                console.Line($"finished earlier: '{options.Output.OutputDir}' holds the results; "
                    + "--overwrite starts again");
                bool isElastic = AdapterManifest.Configuration(
                    options.Output.OutputDir, options.Adapter.NncfConfig) is not null;
                RunNextStep.Of(options, inputs.Data, isElastic).Show(console);
                inputs.Dispose();
                return null;
            }

            if (!options.DryRun && session.IsFirst && options.Search.Workers is null)
            {
                AbandonedFiles.Remove(options.Output.OutputDir);
            }

            model = ModelOpening.Open(inputs.Data.Opening(Request(options, inputs.Output)), console, cancel);
            var run = new RunStages(options, inputs, model, session, console);
            run.ShowNotes();
            if (!options.DryRun)
            {
                return run;
            }

            new DryRunReport(command, given, console).Show(new ResolvedRun(options, inputs.Data, model)
            {
                Training = run._training,
                Search = run._search,
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
        if (_training is null)
        {
            return;
        }

        if (_model.Device.type != TorchSharp.DeviceType.CPU)
        {
            _console.Line($"training on {_model.Device}");
        }

        _session.Kept = () => Kept.Checkpoint(Folder);
        if (_session.HasOthers)
        {
            _console.Line(
                "SIGUSR1 to the launcher saves and stops; what ends early goes on from its newest checkpoint");
        }

        TrainingNeeds.Of(_options, _model, _training).Require(_options, _model, _console);
        Interruption.Explain(
            () => TrainingCommandRun.Execute(_options, _model, _data, _training, _output!, _console, cancel),
            () => Kept.Checkpoint(Folder));
        _console.Line($"adapter: {Folder}");
    }

    /// <summary>Searches the sub-adapters, or goes on with a search that was interrupted.</summary>
    public void Search(CancellationToken cancel)
    {
        if (_search is not null)
        {
            _session.Kept = _search.Left;
            _search.Execute(cancel);
        }
    }

    /// <summary>Tests the chosen sub-adapter, and notes that all that was asked for is done.</summary>
    public void Test(CancellationToken cancel)
    {
        var chosen = ChoosesLater
            ? _model.Choose(_options.Adapter.Choice with { Name = Path.Combine(Folder, SearchFiles.Front) })
            : TakesBest ? _model.Choose(_options.Adapter.Choice with { Name = Path.Combine(Folder, SearchFiles.Best) })
            : _chosen;
        if (_options.Tests)
        {
            _session.Kept = () => "the same command goes on";
            _data.Test(_model, chosen, trained: _training is not null, _console, cancel);
        }

        _output?.Advance(RunStage.Finished);
    }

    /// <summary>Says what to do with the results.</summary>
    public void ShowNext()
    {
        bool isTestedAlone = !_options.Training.DoTrain && !_options.Search.DoSearch;
        var next = isTestedAlone && _options.Adapter.LoraWeights is not null
            ? NextSteps.OfAdapter(_model, _chosen, _options.Model, _options.Adapter)
            : RunNextStep.Of(_options, _data, _model.Space is not null);
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
        if (_training is null)
        {
            return;
        }

        if (StartsFromAdapter)
        {
            _console.Line(StartAdapter.Describe(_model.Adapter.Options!, _options.Adapter.LoraWeights!));
        }

        foreach (var note in _training.Notes(_model.Folder.Config.MaxPositions)
            .Concat(TrainingSettings.Notes(_options, _model, _training)))
        {
            _console.Warn(note);
        }
    }

    /// <summary>What is read before the model: the folder, held for this run, and the data.</summary>
    private sealed record Inputs(FolderLock? Held, OutputFolder? Output, RunData Data)
        : IDisposable
    {
        /// <param name="options">The run's.</param>
        /// <param name="writes">Whether this process is the one that writes into the folder.</param>
        /// <param name="read">Reads the data.</param>
        public static Inputs Read(RunOptions options, bool writes, Func<RunData> read)
        {
            var folder = options.Output.OutputDir;
            var held = options.DryRun || folder.Length == 0 || !writes ? null
                : FolderLock.Take(folder, options.Search.Workers is not null);
            try
            {
                var data = read();
                var identity = RunIdentity.OfTraining(options, data);
                int Steps(JsonObject identity) => StepsOf(options, data.TrainingCount ?? 0, identity);
                var output = options.Training.DoTrain && folder.Length > 0
                    ? OutputFolder.Inspect(
                        folder, identity, RunIdentity.OfTesting(options, data), options.Output.Overwrite, Steps)
                    : null;
                if (output is not null)
                {
                    output.Writes = writes;
                }

                RunOrigin.Require(options, identity, output);
                RequirePlaces(folder, output);
                if (output?.Stage < RunStage.Trained && !IsAskedForAnothers(options))
                {
                    OutputEntries.RequireOwnCheckpoints(folder, Steps(identity));
                }

                return new Inputs(held, output, data);
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

        private static int StepsOf(RunOptions options, int records, JsonObject identity) =>
            TrainingPlan.For(records, TrainingSettings.Of(RunIdentity.WithLength(options, identity))).MaxSteps;

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
    }
}
