using LoNas.Cli.Flags;
using LoNas.Cli.Model;
using LoNas.Cli.Output;
using LoNas.Distributed;
using LoNas.Formats;
using LoNas.Formats.Nncf;
using LoNas.Postgres;
using LoNas.Reporting;
using LoNas.Search;
using LoNas.Search.Sharing;

namespace LoNas.Cli.Search;

/// <summary>The search of a command, and what is shown of it.</summary>
internal sealed class SearchRun
{
    private readonly RunOptions _options;
    private readonly RunData _data;
    private readonly SubAdapterSearch _search;
    private readonly ConsoleReporter _console;
    private ProgressLine? _bar;

    private SearchRun(RunOptions options, ElasticModel model, RunData data, ConsoleReporter console)
    {
        (_options, _data, _console) = (options, data, console);
        var wanted = Wanted(options) with
        {
            Identity = () => SearchIdentity.Of(options, model, _search!.Description, data),
        };
        _search = data.NewSearch(model, wanted, options.Output.OutputDir);
        _search.Logger = new ConsoleLogger(console);
        _search.Workplace = Workplace(options, data.Ranks);
        _search.OnLatency = Show;
        _search.OnStarted = Start;
    }

    /// <summary>What the search would do, in words.</summary>
    public string Plan => _search.Plan;

    /// <summary>The search as it would run, with the configuration's values where no flag says another.</summary>
    public SearchDescription Description => _search.Description;

    /// <summary>The algorithm that runs, as flags name it.</summary>
    public SearchAlgorithmName Algorithm => Enum.GetValues<SearchAlgorithmName>()
        .First(name => NameOf(name) == Description.Algorithm);

    /// <summary>Checks everything that a search needs before anything long is begun.</summary>
    /// <param name="options">The command's options.</param>
    /// <param name="model">The model with its adapter.</param>
    /// <param name="data">What sub-adapters are judged by.</param>
    /// <param name="console">Shows progress.</param>
    /// <exception cref="ArgumentException">The search can't run.</exception>
    public static SearchRun Prepare(RunOptions options, ElasticModel model, RunData data, ConsoleReporter console)
    {
        bool isTrained = model.AdapterFolder is { } trained
            && (!options.Training.DoTrain || trained == options.Output.OutputDir);
        RequirePlaces(options, data, isTrained, console);
        return new SearchRun(options, model, data, console);
    }

    /// <summary>Checks the places of what a search writes.</summary>
    /// <param name="options">The command's options.</param>
    /// <param name="data">What it reads.</param>
    /// <param name="isTrained">Whether the folder's journal may be of the adapter that is searched.</param>
    /// <param name="console">Knows the options file.</param>
    /// <exception cref="ArgumentException">Something is there that must stay.</exception>
    public static void RequirePlaces(
        RunOptions options, RunData data, bool isTrained, ConsoleReporter console)
    {
        RequireOwnJournal(options, isTrained);
        OwnResults.RequirePlaces(
            options.Output.OutputDir, options.Output.Overwrite, RunInputs.Of(options, data, console),
            [
                SearchFiles.Journal, SearchFiles.Progression, SearchFiles.Plot, SearchFiles.LatencyTable,
                SearchFiles.Front, SearchFiles.Best, SharedFolder.MeasuredBy, MetricsFiles.EvalResults,
                MetricsFiles.AllResults,
                .. new SearchAxes(options.Search.SearchCost, options.Search.SearchMetric).Columns
                    .Select(SearchFiles.CacheOf),
            ]);
    }

    /// <summary>
    /// Searches, or goes on with the search that the output folder's journal holds, and writes the results.
    /// </summary>
    /// <param name="cancel">Stops within an evaluation; the same command goes on.</param>
    public SearchOutcome Execute(CancellationToken cancel)
    {
        if (_options.Output.Overwrite && _data.Ranks.Rank == 0)
        {
            // A folder that does not exist yet has nothing to delete, and deleting in it would fail.
            foreach (var path in new[] { SearchFiles.Journal, SearchFiles.LatencyTable }
                .Select(InFolder).Where(File.Exists))
            {
                File.Delete(path);
            }
        }

        SearchOutcome outcome;
        try
        {
            outcome = Interruption.Explain(
                () => _search.Execute(Show, cancel), Left);
        }
        finally
        {
            _bar?.Dispose();
        }

        if (_data.Ranks.Rank == 0)
        {
            Draw(outcome);
        }

        // The files are there for all ranks, which may choose from them next.
        _data.Ranks.Meet();
        new SearchSummary(_options, _data.ValidationCount, outcome.Axes, _console)
            .Show(outcome, _search.MeasuredCount, _search.AskedCount);
        return outcome;
    }

    private static SubAdapterSearchOptions Wanted(RunOptions options) => new()
    {
        Metric = options.Search.SearchMetric,
        Cost = options.Search.SearchCost,
        Algorithm = options.Search.SearchAlgorithm is { } algorithm ? NameOf(algorithm) : null,
        Evaluations = options.Search.NumEvals,
        Population = options.Search.Population,
        Seed = options.Search.SearchSeed,
        WarmStart = options.Search.WarmStart,
        Racing = options.Search.Racing,
        Surrogate = options.Search.Surrogate,
        Evaluation = options.Testing.ToOptions(),
        LossBatchSize = options.Training.PerDeviceTrainBatchSize,
    };

    private void Show(LatencyProgress progress)
    {
        _bar ??= _console.StartBar("measuring latency", (long)progress.Planned.TotalSeconds);
        _bar.Update(
            (long)Math.Min(progress.Elapsed.TotalSeconds, progress.Planned.TotalSeconds), $"{progress.Rounds} rounds");
    }

    /// <summary>The journal is open, and so this search's: from here on the folder is its own.</summary>
    private void Start(int known, int total)
    {
        _bar?.Dispose();
        _console.Log.Begin(_options.Output.OutputDir);
        _bar = _console.StartBar("search", total, known);
    }

    private void Show(SearchProgress progress)
    {
        var best = progress.Best.Entry.Objectives;
        _bar!.Update(progress.Done, $"best {_search.Axes.CostText(best[0])}, {_search.Axes.MetricText(best[1])}");
    }

    private void Draw(SearchOutcome outcome) => new SearchPlot
    {
        CostTitle = outcome.Axes.CostTitle,
        MetricTitle = outcome.Axes.MetricTitle,
        Metric = outcome.Axes.Plotted,
        HighestMetric = outcome.Axes.HighestPlotted,
        Source = PlotSource.Of(_options.Model.ModelNameOrPath, _data.Source, TimeProvider.System),
        Evaluated = outcome.Evaluated,
        Front = outcome.Front,
        Marked = [("maximal", outcome.Maximal), ("heuristic", outcome.Heuristic), ("best", outcome.Best.Entry)],
    }.Save(InFolder(SearchFiles.Plot));

    private static ISearchWorkplace? Workplace(RunOptions options, ICollectives ranks) => options.Search.Workers switch
    {
        null => ranks.Size > 1 ? new RankedSearch(ranks, options.Output.OutputDir) : null,
        _ when ranks.Size > 1 => throw new ArgumentException(
            $"--workers and {ranks.Size} ranks do not go together: ranks share a search already; give one of them"),
        SearchFlags.Shared => new SharedFolder(options.Output.OutputDir),
        var address => new PostgresWorkplace(PostgresAddress.Parse(address), options.Output.OutputDir),
    };

    /// <summary>What is there to go on from, in words.</summary>
    public string Left() => _search.Workplace is PostgresWorkplace
        ? "what was evaluated is kept in the database; other workers go on, and the same command joins them again"
        : InFolder(SearchFiles.Journal) is var journal && File.Exists(journal)
        ? Kept.Journal("evaluations", journal)
        : "no sub-adapter is evaluated yet; the same command starts again";

    private string InFolder(string file) => Path.Combine(_options.Output.OutputDir, file);

    /// <summary>
    /// An adapter that is still to be trained can't have been searched: better said before the training.
    /// </summary>
    private static void RequireOwnJournal(RunOptions options, bool isTrained)
    {
        if (!isTrained && !options.Output.Overwrite && !options.DryRun
            && File.Exists(Path.Combine(options.Output.OutputDir, SearchFiles.Journal)))
        {
            throw new ArgumentException(
                $"--output_dir '{options.Output.OutputDir}' holds the {SearchFiles.Journal} of a search of another "
                + "adapter; give another folder, or --overwrite to start again");
        }
    }

    private static string NameOf(SearchAlgorithmName algorithm) => algorithm switch
    {
        SearchAlgorithmName.Nsga2 => "NSGA2",
        SearchAlgorithmName.Rnsga2 => "RNSGA2",
        SearchAlgorithmName.Random => "random",
        _ => "hill_climbing",
    };
}
