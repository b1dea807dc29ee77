using System.Globalization;
using System.Text.Json.Nodes;
using LoNas.Data;
using LoNas.Elastic;
using LoNas.Errors;
using LoNas.Evaluation;
using LoNas.Formats.Nncf;
using LoNas.Opening;
using LoNas.Search.Algorithms;
using LoNas.Search.Sharing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LoNas.Search;

/// <summary>How far a search is: one more sub-adapter was evaluated.</summary>
/// <param name="Done">Evaluations so far.</param>
/// <param name="Total">Evaluations of the whole search.</param>
/// <param name="Evaluated">The newest one.</param>
/// <param name="Best">What would be recommended by now.</param>
public sealed record SearchProgress(int Done, int Total, EvaluatedGenome Evaluated, BestChoice Best);

/// <summary>Searches the sub-adapters of an opened model for those that are small and good.</summary>
public sealed class SubAdapterSearch
{
    private readonly ElasticModel _model;
    private readonly SearchSpace _space;
    private readonly CostModel _costs;
    private readonly SubAdapterSearchOptions _options;
    private readonly SearchOptions _algorithm;
    private readonly SubAdapterJudge _judge;
    private readonly string? _folder;
    private LatencyTable? _latency;

    /// <summary>Prepares a search, and checks everything that it needs before anything long is begun.</summary>
    /// <param name="model">The model with a trained adapter, or with one that will be trained before the search
    /// runs.</param>
    /// <param name="validation">The records that sub-adapters are judged by.</param>
    /// <param name="suite">How they are asked and judged.</param>
    /// <param name="options">What is wanted.</param>
    /// <param name="folder">Takes the journal and the results; null keeps both in memory.</param>
    /// <exception cref="ArgumentException">Nothing can be cut, or a record can't be judged.</exception>
    public SubAdapterSearch(
        ElasticModel model, IReadOnlyList<InstructionRecord> validation, TaskSuite suite,
        SubAdapterSearchOptions options,
        string? folder = null)
        : this(model, options, folder, () => options.Metric == SearchMetric.Loss
            ? new LossJudge(
                model,
                new InstructionEncoder(
                    model.Tokenizer, options.Data.CutoffLength, options.Data.TrainOnInputs, options.Data.Prompt)
                    .Encode(validation).Examples,
                options.LossBatchSize)
            : new InstructionJudge(options, model, validation, suite.ValidationTask))
    {
    }

    /// <summary>The same by the loss of examples, such as those of conversations.</summary>
    /// <param name="model">As above.</param>
    /// <param name="validation">The validation records as tokens with labels.</param>
    /// <param name="options">What is wanted; its metric is the loss.</param>
    /// <param name="folder">As above.</param>
    /// <exception cref="ArgumentException">Nothing can be cut, no record has a label, or the metric is another.
    /// </exception>
    public SubAdapterSearch(
        ElasticModel model, IReadOnlyList<TrainingExample> validation, SubAdapterSearchOptions options,
        string? folder = null)
        : this(model, options, folder, () => options.Metric == SearchMetric.Loss
            ? new LossJudge(model, validation, options.LossBatchSize)
            : throw new ArgumentException(
                "Records without answers to compare with are judged by their loss").About(Setting.SearchMetric))
    {
    }

    /// <summary>The same of a classifier.</summary>
    /// <param name="model">As above.</param>
    /// <param name="validation">The texts that sub-adapters are judged by.</param>
    /// <param name="options">What is wanted; its metric accuracy stands for the task's own.</param>
    /// <param name="folder">As above.</param>
    /// <exception cref="ArgumentException">As above, or a race is asked for with a metric that is no share.</exception>
    public SubAdapterSearch(
        ElasticModel model, ClassifierValidation validation, SubAdapterSearchOptions options, string? folder = null)
        : this(model, options, folder, () => new ClassifierJudge(options, model, validation))
    {
    }

    private SubAdapterSearch(
        ElasticModel model, SubAdapterSearchOptions options, string? folder, Func<SubAdapterJudge> judge)
    {
        (_model, _options, _folder) = (model, options, folder);
        _space = model.Space ?? throw new ArgumentException(
            "A search needs the NNCF configuration, which says what can be cut").About(Setting.Configuration);
        _costs = model.Costs;
        _judge = judge();
        if (_judge.Count == 0)
        {
            throw new ArgumentException("A search needs validation records, by which sub-adapters are judged")
                .About(Setting.ValidationRecords);
        }

        Axes = new SearchAxes(options.Cost, options.Metric)
        {
            Name = _judge.MetricName,
            LossTitle = _judge.LossTitle,
            Records = _judge.Records,
        };
        _algorithm = AlgorithmOptions(model.Configuration!.Search);
        _ = SearchAlgorithms.Create(_algorithm);
    }

    /// <summary>Is told of a search that goes on, and what the user should know; nobody by default.</summary>
    public ILogger Logger { get; set; } = NullLogger.Instance;

    /// <summary>Where workers of the search meet; null, the default, is one that works alone.</summary>
    public ISearchWorkplace? Workplace { get; set; }

    /// <summary>Is told how far a measurement of latency is; nobody by default.</summary>
    public Action<LatencyProgress>? OnLatency { get; set; }

    /// <summary>
    /// Is told the evaluations that an earlier run had made and those of the whole search, once the journal is open and
    /// before the first one is measured; nobody by default.
    /// </summary>
    public Action<int, int>? OnStarted { get; set; }

    /// <summary>The two objectives.</summary>
    public SearchAxes Axes { get; private set; }

    /// <summary>
    /// The search as it will run: the configuration's description with the options in place of its values.
    /// </summary>
    public SearchDescription Description => _algorithm.Description;

    /// <summary>What the search would do, in words.</summary>
    public string Plan => string.Create(
        CultureInfo.InvariantCulture,
        $"search: {Description.Algorithm}, {SearchAlgorithms.EvaluationsOf(Description)} evaluations in "
        + $"generations of {Description.Population}, by {Axes.MetricKey} of {_judge.Count} validation "
        + $"records and by {Axes.Columns[0]}");

    /// <summary>The journal's file; null without a folder.</summary>
    public string? JournalPath => InFolder(SearchFiles.Journal);

    /// <summary>Sub-adapters measured in this run.</summary>
    public int MeasuredCount { get; private set; }

    /// <summary>Validation records asked in this run.</summary>
    public long AskedCount => _judge.AskedCount;

    /// <summary>
    /// Searches, or goes on with the search that the folder's journal holds, and writes the results there.
    /// </summary>
    /// <param name="report">Called with every evaluation, on this thread.</param>
    /// <param name="cancel">Stops within an evaluation; the journal keeps those that are done.</param>
    /// <exception cref="InvalidDataException">The journal is of another search, or the maximal sub-adapter has no
    /// loss.</exception>
    public SearchOutcome Execute(Action<SearchProgress>? report = null, CancellationToken cancel = default)
    {
        var place = Workplace ?? new OwnPlace(_folder);
        var worker = SearchWorker.OfProcess(_model.Device);
        if (Axes.Cost == SearchCost.Latency)
        {
            var meter = new LatencyMeter(_model);
            _latency = place.Latency(
                new LatencySource(
                    InFolder(SearchFiles.LatencyTable), OwnIdentity, worker, () => meter.Measure(OnLatency, cancel),
                    meter.Load),
                cancel);
            Axes = Axes with { CostNoise = _latency.Noise ?? 0 };
            if (_latency.Noise is null)
            {
                Logger.Warn(
                    "The latency table does not say how far two measurements of one sub-adapter differ, so small "
                    + $"differences on the front may be noise; remove {SearchFiles.LatencyTable} to measure anew");
            }
        }

        using var results = place.Open(
            new SharedSearch(OwnIdentity, Total, JournalCheck().Problem, worker), cancel);
        if (results.Count > 0)
        {
            Logger.Inform($"going on from {SearchFiles.Journal}: {results.Count} sub-adapters were evaluated before");
        }

        var measurements = new GenomeMeasurements(
            results, genome => Genome.ModelOf(_space, genome), Measure);
        OnStarted?.Invoke(Math.Min(results.Count, Total), Total);
        var outcome = Run(
            measurements,
            progress =>
            {
                var best = progress.Best.Entry.Objectives;
                results.Note(progress.Done, $"{Axes.CostText(best[0])}, {Axes.MetricText(best[1])}");
                report?.Invoke(progress);
            },
            cancel);
        MeasuredCount = measurements.MeasuredCount;
        results.Finish([.. new[] { outcome.Maximal, outcome.Heuristic }.Concat(outcome.Evaluated)
            .Select(entry => entry.Genome)]);
        if (outcome.Evaluated.Count < Total)
        {
            Logger.Inform($"the search ended after {outcome.Evaluated.Count} of {Total} evaluations: its population of "
                + $"{Description.Population} brings nothing new; a larger one finds more");
        }

        if (_folder is not null && results.WritesFiles)
        {
            new SearchFiles(_folder, _space, _costs).Write(outcome);
        }

        return outcome;
    }

    private int Total => SearchAlgorithms.EvaluationsOf(Description);

    private string? InFolder(string file) => _folder is null ? null : Path.Combine(_folder, file);

    private SearchOptions AlgorithmOptions(SearchDescription description) => SearchOptions.For(_space, description with
    {
        Algorithm = _options.Algorithm ?? description.Algorithm,
        Evaluations = _options.Evaluations ?? description.Evaluations,
        Population = _options.Population ?? description.Population,
        Seed = _options.Seed ?? description.Seed,
        // A share of right answers says nothing about a loss: what is measured is compared with instead.
        ReferenceAccuracy = _options.Metric == SearchMetric.Loss ? -1 : description.ReferenceAccuracy,
    }) with
    {
        InitialGenomes = _options.WarmStart
            ? [.. new[] { _space.Heuristic, _space.Maximal, _space.Minimal }.Select(named => Genome.Of(_space, named))]
            : [],
        Surrogate = _options.Surrogate,
        ExactCost = genome => CostOf(Genome.ToSubAdapter(_space, genome)),
    };

    private SearchOutcome Run(
        GenomeMeasurements measurements, Action<SearchProgress> report, CancellationToken cancel)
    {
        var (maximal, heuristic) = Named(measurements, cancel);
        var seen = new List<EvaluatedGenome>();
        BestChoice Best() => BestChoice.Of([.. seen, heuristic], maximal, Axes, Description);
        var evaluated = SearchLoop.Run(
            SearchAlgorithms.Create(_algorithm),
            measurements,
            entry =>
            {
                seen.Add(entry);
                report(new SearchProgress(seen.Count, Total, entry, Best()));
            },
            cancel);
        return new SearchOutcome(Axes, evaluated, maximal, heuristic, Best()) { Space = _space, Costs = _costs };
    }

    private (EvaluatedGenome Maximal, EvaluatedGenome Heuristic) Named(
        GenomeMeasurements measurements, CancellationToken cancel)
    {
        var named = new List<EvaluatedGenome>();
        measurements.Of(
            [Genome.Of(_space, _space.Maximal), Genome.Of(_space, _space.Heuristic)],
            [],
            (genome, objectives) =>
            {
                named.Add(new EvaluatedGenome(genome, objectives, Generation: -1));
                if (named.Count == 1)
                {
                    CheckMaximal(named[0]);
                }
            },
            cancel);
        return (named[0], named[1]);
    }

    private void CheckMaximal(EvaluatedGenome maximal)
    {
        RequireMeasured(maximal);
        if (Axes.Metric == SearchMetric.Accuracy && BestChoice.TooLenient(maximal, Description) is { } warning)
        {
            Logger.Warn(warning);
        }
    }

    /// <summary>Without the maximal sub-adapter's loss there is nothing that others could be compared with.</summary>
    private static void RequireMeasured(EvaluatedGenome maximal)
    {
        if (!maximal.IsMeasured)
        {
            throw new InvalidDataException(
                "The validation loss of the maximal sub-adapter is no number: base or adapter hold numbers that are "
                + "not finite. Train again with a lower learning rate, or give a sound base");
        }
    }

    private double[] Measure(int[] genome, IReadOnlyList<double[]> rivals, CancellationToken cancel)
    {
        var subAdapter = Genome.ToSubAdapter(_space, genome);
        using var active = _model.Cut(subAdapter);
        double cost = CostOf(subAdapter);
        return [cost, _judge.Objective(cost, rivals, cancel)];
    }

    private JournalCheck JournalCheck() =>
        new(_space, Axes, CostOf, _options.Racing ? null : _judge.Count);

    private double CostOf(SubAdapter subAdapter)
    {
        if (_latency is { } table)
        {
            return table.Of(subAdapter);
        }

        var cost = _costs.Of(_space, subAdapter);
        return (Axes.Cost == SearchCost.Params ? cost.TotalParameters : cost.Macs) / 1e6;
    }

    private JsonObject OwnIdentity() => (_options.Identity ?? Identity)();

    private JsonObject Identity() => new()
    {
        ["model"] = ContentHash.OfModel(_model.Folder.Path),
        ["type"] = _model.DType.ToString(),
        ["adapter"] = EvaluationIdentity.AdapterHash(_model),
        ["nncf_config"] = EvaluationIdentity.ConfigurationHash(_model),
        ["validation"] = _judge.Hash,
        ["latency_table"] = _latency is null || _folder is null ? null
            : ContentHash.Of(InFolder(SearchFiles.LatencyTable)!),
        ["search"] = Description.ToString(),
        ["options"] = (_options with { Identity = null, Data = new DataOptions() }).ToString(),
    };
}
