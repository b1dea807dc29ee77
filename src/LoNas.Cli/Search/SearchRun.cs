using System.Globalization;
using LoNas.Cli.Model;
using LoNas.Cli.Output;
using LoNas.Cli.Train;
using LoNas.Data;
using LoNas.Elastic;
using LoNas.Evaluation;
using LoNas.Runtime;
using LoNas.Search;
using LoNas.Search.Algorithms;

namespace LoNas.Cli.Search;

/// <summary>Searches the sub-adapters of a model for those that are small and good.</summary>
internal sealed class SearchRun
{
    private readonly RunMathOptions _options;
    private readonly ElasticModel _model;
    private readonly SearchSpace _space;
    private readonly CostModel _costs;
    private readonly SearchAxes _axes;
    private readonly SearchOptions _settings;
    private readonly ValidationJudge _judge;
    private readonly TaskSuite _suite;
    private readonly ConsoleReporter _console;
    private LatencyTable? _latency;

    private SearchRun(
        RunMathOptions options, ElasticModel model, ValidationJudge judge, TaskSuite suite, ConsoleReporter console)
    {
        (_options, _model, _judge, _suite, _console) = (options, model, judge, suite, console);
        _space = model.Space
            ?? throw new ArgumentException("a search needs --nncf_config, which says what can be cut");
        _costs = model.Costs;
        _axes = new SearchAxes(options.Search.SearchCost, options.Search.SearchMetric);
        _settings = SearchSettings.Of(options.Search, model.Configuration!.Search, _space, CostOf);
    }

    /// <summary>What the search would do, in words.</summary>
    public string Plan => string.Create(
        CultureInfo.InvariantCulture,
        $"search: {_settings.Description.Algorithm}, {SearchAlgorithms.EvaluationsOf(_settings.Description)} evaluations in "
        + $"generations of {_settings.Description.Population}, by {_axes.MetricKey} of {_options.Data.ValSetSize} validation "
        + $"records and by {_axes.Columns[0]}");

    /// <summary>Checks everything that a search needs before anything long is begun.</summary>
    /// <param name="options">The command's options.</param>
    /// <param name="model">The model with its adapter.</param>
    /// <param name="records">All records of <c>--dataset_path</c>.</param>
    /// <param name="suite">How validation records are asked and judged, unless a flag says otherwise.</param>
    /// <param name="console">Shows progress.</param>
    /// <exception cref="ArgumentException">The search can't run.</exception>
    public static SearchRun Prepare(
        RunMathOptions options, ElasticModel model, IReadOnlyList<InstructionRecord> records,
        TaskSuite suite, ConsoleReporter console)
    {
        var validation = InstructionDataset.Split(
            records, options.Data.ValSetSize, new SeededRandom(TrainingData.SplitSeed)).Validation;
        RequireOwnJournal(options, model);
        var asked = SearchSettings.Suite(options.Search, suite);
        var judge = new ValidationJudge(options, model, validation, asked.ValidationTask, suite.TrainingPrompt);
        var run = new SearchRun(options, model, judge, asked, console);
        _ = SearchAlgorithms.Create(run._settings);
        return run;
    }

    /// <summary>Searches, or goes on with the search that the output folder's journal holds, and writes the results.</summary>
    /// <param name="cancel">Stops within an evaluation; the same command goes on.</param>
    public SearchOutcome Execute(CancellationToken cancel)
    {
        var latencyPath = Path.Combine(_options.Output.OutputDir, SearchFiles.LatencyTable);
        if (_options.Output.OverwriteOutputDir)
        {
            // A folder that does not exist yet has nothing to delete, and deleting in it would fail.
            foreach (var path in new[] { JournalPath(_options), latencyPath }.Where(File.Exists))
            {
                File.Delete(path);
            }
        }

        _latency = _axes.Cost == SearchCost.Latency ? new LatencyMeter(_model).Table(latencyPath, _console, cancel) : null;
        var identity = SearchIdentity.Of(_options, _model, _settings, _suite);
        using var journal = SearchJournal.Open(JournalPath(_options), identity);
        _console.Log.Begin(_options.Output.OutputDir);
        if (journal.Count > 0)
        {
            _console.Line($"going on from {SearchFiles.Journal}: {journal.Count} sub-adapters were evaluated before");
        }

        var measurements = new GenomeMeasurements(
            journal, genome => Genome.ModelOf(_space, genome), (genome, rivals) => Measure(genome, rivals, cancel));
        var outcome = Interruption.Explain(
            () => Search(measurements, journal.Count, cancel), () => Kept.Journal("evaluations", JournalPath(_options)));
        new SearchFiles(_options.Output.OutputDir, _space, _costs).Write(outcome);
        new SearchSummary(_options, _axes, _console).Show(outcome, measurements.MeasuredCount, _judge.AskedCount);
        return outcome;
    }

    private static string JournalPath(RunMathOptions options) => Path.Combine(options.Output.OutputDir, SearchFiles.Journal);

    /// <summary>An adapter that is still to be trained can't have been searched: better said before the training.</summary>
    private static void RequireOwnJournal(RunMathOptions options, ElasticModel model)
    {
        if (model.AdapterFolder is null && !options.Output.OverwriteOutputDir && !options.DryRun && File.Exists(JournalPath(options)))
        {
            throw new ArgumentException(
                $"--output_dir '{options.Output.OutputDir}' holds the {SearchFiles.Journal} of a search of another adapter; give another "
                + "folder, or --overwrite_output_dir to start again");
        }
    }

    private SearchOutcome Search(GenomeMeasurements measurements, int known, CancellationToken cancel)
    {
        var maximal = Named(_space.Maximal, measurements);
        RequireMeasured(maximal);
        if (_axes.Metric == SearchMetric.Accuracy && BestChoice.TooLenient(maximal, _settings.Description) is { } warning)
        {
            _console.Warn(warning);
        }

        var heuristic = Named(_space.Heuristic, measurements);
        var progress = new SearchProgress(_console, _axes, _settings.Description, maximal, known);
        using (progress)
        {
            var evaluated = SearchLoop.Run(SearchAlgorithms.Create(_settings), measurements, progress.Add, cancel);
            return new SearchOutcome(_axes, evaluated, maximal, heuristic, progress.Best);
        }
    }

    private EvaluatedGenome Named(SubAdapter subAdapter, GenomeMeasurements measurements)
    {
        var genome = Genome.Of(_space, subAdapter);
        return new EvaluatedGenome(genome, measurements.Of(genome, []), Generation: -1);
    }

    /// <summary>Without the maximal sub-adapter's loss there is nothing that others could be compared with.</summary>
    private static void RequireMeasured(EvaluatedGenome maximal)
    {
        if (!maximal.IsMeasured)
        {
            throw new InvalidDataException(
                "The validation loss of the maximal sub-adapter is no number: base or adapter hold numbers that are not finite. "
                + "Train again with a lower learning rate, or give a sound base");
        }
    }

    private double[] Measure(int[] genome, IReadOnlyList<double[]> rivals, CancellationToken cancel)
    {
        var subAdapter = Genome.ToSubAdapter(_space, genome);
        using var active = _model.Adapter.Use(subAdapter);
        double cost = CostOf(subAdapter);
        return [cost, _judge.Objective(cost, rivals, cancel)];
    }

    private double CostOf(SubAdapter subAdapter)
    {
        if (_latency is { } table)
        {
            return table.Of(subAdapter);
        }

        var cost = _costs.Of(_space, subAdapter);
        return (_axes.Cost == SearchCost.Params ? cost.TotalParameters : cost.Macs) / 1e6;
    }
}
