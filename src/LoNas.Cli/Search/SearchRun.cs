using LoNas.Cli.Flags;
using LoNas.Cli.Model;
using LoNas.Cli.Output;
using LoNas.Data;
using LoNas.Evaluation;
using LoNas.Reporting;
using LoNas.Runtime;
using LoNas.Search;

namespace LoNas.Cli.Search;

/// <summary>The search of a command, and what is shown of it.</summary>
internal sealed class SearchRun
{
    private readonly RunMathOptions _options;
    private readonly SubAdapterSearch _search;
    private readonly ConsoleReporter _console;
    private ProgressLine? _bar;

    private SearchRun(RunMathOptions options, SubAdapterSearch search, ConsoleReporter console) =>
        (_options, _search, _console) = (options, search, console);

    /// <summary>What the search would do, in words.</summary>
    public string Plan => _search.Plan;

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
        var asked = Suite(options.Search, suite);
        var flags = options.Search;
        ProgressLine? measuring = null;
        SubAdapterSearch? search = null;
        search = new SubAdapterSearch(
            model, validation, asked,
            new SubAdapterSearchOptions
            {
                Metric = flags.SearchMetric,
                Cost = flags.SearchCost,
                Algorithm = flags.SearchAlgorithm is { } algorithm ? NameOf(algorithm) : null,
                Evaluations = flags.NumEvals,
                Population = flags.Population,
                Seed = flags.SearchSeed,
                WarmStart = flags.WarmStart,
                Racing = flags.Racing,
                Surrogate = flags.Surrogate,
                Evaluation = options.Testing.ToOptions(),
                Data = options.Data.ToOptions(suite),
                LossBatchSize = options.Training.PerDeviceTrainBatchSize,
                Identity = () =>
                {
                    measuring?.Dispose();
                    return SearchIdentity.Of(options, model, search!.Description, asked);
                },
            },
            options.Output.OutputDir)
        {
            Logger = new ConsoleLogger(console),
            OnLatency = progress =>
            {
                measuring ??= console.StartBar("measuring latency", (long)progress.Planned.TotalSeconds);
                measuring.Update(
                    (long)Math.Min(progress.Elapsed.TotalSeconds, progress.Planned.TotalSeconds),
                    $"{progress.Rounds} rounds");
            },
        };
        return new SearchRun(options, search, console);
    }

    /// <summary>
    /// Searches, or goes on with the search that the output folder's journal holds, and writes the results.
    /// </summary>
    /// <param name="cancel">Stops within an evaluation; the same command goes on.</param>
    public SearchOutcome Execute(CancellationToken cancel)
    {
        if (_options.Output.OverwriteOutputDir)
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
                () => _search.Execute(Show, cancel), () => Kept.Journal("evaluations", InFolder(SearchFiles.Journal)));
        }
        finally
        {
            _bar?.Dispose();
        }

        Draw(outcome);
        new SearchSummary(_options, outcome.Axes, _console).Show(outcome, _search.MeasuredCount, _search.AskedCount);
        return outcome;
    }

    private void Show(SearchProgress progress)
    {
        if (_bar is null)
        {
            // The journal is this search's: from here on the folder is its own.
            _console.Log.Begin(_options.Output.OutputDir);
            _bar = _console.StartBar("search", progress.Total, progress.Known);
        }

        var best = progress.Best.Entry.Objectives;
        _bar.Update(progress.Done, $"best {_search.Axes.CostText(best[0])}, {_search.Axes.MetricText(best[1])}");
    }

    private void Draw(SearchOutcome outcome) => new SearchPlot
    {
        CostTitle = outcome.Axes.CostTitle,
        MetricTitle = outcome.Axes.MetricTitle,
        Metric = outcome.Axes.Plotted,
        Evaluated = outcome.Evaluated,
        Front = outcome.Front,
        Marked = [("maximal", outcome.Maximal), ("heuristic", outcome.Heuristic), ("best", outcome.Best.Entry)],
    }.Save(InFolder(SearchFiles.Plot));

    private string InFolder(string file) => Path.Combine(_options.Output.OutputDir, file);

    /// <summary>
    /// An adapter that is still to be trained can't have been searched: better said before the training.
    /// </summary>
    private static void RequireOwnJournal(RunMathOptions options, ElasticModel model)
    {
        if (model.AdapterFolder is null && !options.Output.OverwriteOutputDir && !options.DryRun
            && File.Exists(Path.Combine(options.Output.OutputDir, SearchFiles.Journal)))
        {
            throw new ArgumentException(
                $"--output_dir '{options.Output.OutputDir}' holds the {SearchFiles.Journal} of a search of another "
                + "adapter; "
                + "give another folder, or --overwrite_output_dir to start again");
        }
    }

    /// <summary>How validation records are asked and judged: as the flag says, or as the command trains.</summary>
    private static TaskSuite Suite(SearchFlags flags, TaskSuite own) => flags.SearchTasks switch
    {
        SearchSuite.Math => TaskSuite.Math,
        SearchSuite.Commonsense => TaskSuite.Commonsense,
        _ => own,
    };

    private static string NameOf(SearchAlgorithmName algorithm) => algorithm switch
    {
        SearchAlgorithmName.Nsga2 => "NSGA2",
        SearchAlgorithmName.Rnsga2 => "RNSGA2",
        SearchAlgorithmName.Random => "random",
        _ => "hill_climbing",
    };
}
