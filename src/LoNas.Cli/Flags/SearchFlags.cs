using LoNas.Cli.Options;
using LoNas.Postgres;
using LoNas.Search;

namespace LoNas.Cli.Flags;

/// <summary>How validation records are asked and judged.</summary>
internal enum SearchSuite
{
    /// <summary>As math problems.</summary>
    Math,

    /// <summary>As commonsense questions.</summary>
    Commonsense,
}

/// <summary>The search algorithms as flags name them.</summary>
internal enum SearchAlgorithmName
{
    /// <summary>NSGA-II.</summary>
    Nsga2,

    /// <summary>R-NSGA-II.</summary>
    Rnsga2,

    /// <summary>Random genomes.</summary>
    Random,

    /// <summary>Hill climbing from the heuristic sub-adapter.</summary>
    HillClimbing,
}

/// <summary>The options of a search, which several commands share.</summary>
internal sealed record SearchFlags
{
    /// <summary>The heading of these flags in the help.</summary>
    public const string Heading = "Search";

    /// <summary>Workers meet in the output folder.</summary>
    public const string Shared = "shared";

    private const string ByConfiguration = "the configuration's";

    public bool DoSearch { get; init; }

    /// <summary>Null: the command's own.</summary>
    public SearchSuite? SearchTasks { get; init; }

    public SearchMetric SearchMetric { get; init; } = SearchMetric.Accuracy;

    public SearchCost SearchCost { get; init; } = SearchCost.Macs;

    /// <summary>Null: the configuration's.</summary>
    public SearchAlgorithmName? SearchAlgorithm { get; init; }

    /// <summary>Null: the configuration's.</summary>
    public int? NumEvals { get; init; }

    /// <summary>Null: the configuration's.</summary>
    public int? Population { get; init; }

    /// <summary>Null: the configuration's.</summary>
    public int? SearchSeed { get; init; }

    public bool WarmStart { get; init; }

    public bool Racing { get; init; }

    public bool Surrogate { get; init; }

    /// <summary>Where workers meet; null: this one works alone.</summary>
    public string? Workers { get; init; }

    /// <summary>Whether a value differs from its default, <see cref="DoSearch"/> aside.</summary>
    public bool IsAnythingSet => this != new SearchFlags { DoSearch = DoSearch };

    /// <summary>All flags, of a command that also does other things.</summary>
    /// <param name="table">The flags.</param>
    /// <param name="suite">How is asked and judged where no flag says.</param>
    public static void Rows(OptionTable<SearchFlags> table, string suite)
    {
        table.Group(Heading).Add("do_search", OptionValues.Switch, s => s.DoSearch, (s, v) => s with { DoSearch = v },
            "search the sub-adapters for the best ones; needs a configuration and --val_set_size");
        SuiteRow(table, suite);
        ObjectiveRows(table);
        AlgorithmRows(table);
    }

    /// <summary>The same of a classifier, whose validation texts are asked in one way only.</summary>
    public static void ClassifierRows(OptionTable<SearchFlags> table)
    {
        table.Group(Heading).Add("do_search", OptionValues.Switch, s => s.DoSearch, (s, v) => s with { DoSearch = v },
            "search the sub-adapters for the best ones by the validation texts; needs a configuration");
        ObjectiveRows(table,
            "accuracy: the task's own metric, matthews_correlation for cola and pearson for stsb; loss: the loss");
        AlgorithmRows(table);
    }

    /// <summary>The same of records without answers to compare with, which are judged by their loss.</summary>
    public static void LossRows(OptionTable<SearchFlags> table)
    {
        table.Group(Heading).Add("do_search", OptionValues.Switch, s => s.DoSearch, (s, v) => s with { DoSearch = v },
            "search the sub-adapters for the best ones by the loss of the validation records; needs a configuration");
        CostRow(table);
        AlgorithmRows(table, races: false);
    }

    /// <summary>Where workers of a search meet, for the command that does nothing else.</summary>
    public static void WorkersRow(OptionTable<SearchFlags> table) => table.Group(Heading)
        .Add("workers", OptionValues.Text("shared|postgres://USER@HOST/DB"), s => s.Workers,
            (s, v) => s with { Workers = v },
            "shared: start this line several times, here or on machines that share the output folder, and they search "
            + "together; postgres://...: they meet in a database (password: PGPASSWORD or ~/.pgpass)",
            "alone");

    /// <summary>Notes what is wrong; a configuration's own values are checked when it is read.</summary>
    public void Check(OptionProblems problems) => problems
        .AtLeast("num_evals", NumEvals, 1)
        .AtLeast("population", Population, 1)
        .AtLeast("search_seed", SearchSeed, 0)
        .When(Population > NumEvals,
            $"--population {Population} is above --num_evals {NumEvals}; raise one or lower the other",
            "population", "num_evals")
        .When(Racing && SearchMetric == SearchMetric.Loss,
            "--racing counts right answers; it needs --search_metric accuracy", "racing", "search_metric")
        .When(Workers is not null && WorkersProblem(Workers) is not null, WorkersProblem(Workers) ?? "", "workers")
        .When(!DoSearch && IsAnythingSet, "the flags of a search need --do_search", "do_search");

    private static string? WorkersProblem(string? workers) => workers is null or Shared ? null
        : PostgresAddress.Problem(workers) is { } problem
            ? $"--workers {problem}; expected {Shared}, or an address such as postgres://user@host:5432/database"
            : null;

    private static void SuiteRow(OptionTable<SearchFlags> table, string suite) => table
        .Add("search_tasks", OptionValues.OptionalChoice<SearchSuite>(), s => s.SearchTasks,
            (s, v) => s with { SearchTasks = v },
            "how validation records are asked and judged", suite);

    private static void ObjectiveRows(
        OptionTable<SearchFlags> table,
        string metrics = "accuracy: answers to the validation records; loss: their loss, which is cheap and smooth")
    {
        table.Add("search_metric", OptionValues.Choice<SearchMetric>(), s => s.SearchMetric,
            (s, v) => s with { SearchMetric = v }, metrics);
        CostRow(table);
    }

    private static void CostRow(OptionTable<SearchFlags> table) => table
        .Add("search_cost", OptionValues.Choice<SearchCost>(), s => s.SearchCost, (s, v) => s with { SearchCost = v },
            "what is to be small: MACs, parameters, or the latency measured on this machine");

    private static void AlgorithmRows(OptionTable<SearchFlags> table, bool races = true)
    {
        table
            .Add("search_algorithm", OptionValues.OptionalChoice<SearchAlgorithmName>(), s => s.SearchAlgorithm,
                (s, v) => s with { SearchAlgorithm = v }, "how sub-adapters are proposed", ByConfiguration)
            .Add("num_evals", OptionValues.OptionalInteger, s => s.NumEvals, (s, v) => s with { NumEvals = v },
                "sub-adapters to evaluate", ByConfiguration)
            .Add("population", OptionValues.OptionalInteger, s => s.Population, (s, v) => s with { Population = v },
                "sub-adapters of a generation", ByConfiguration)
            .Add("search_seed", OptionValues.OptionalInteger, s => s.SearchSeed, (s, v) => s with { SearchSeed = v },
                "seed of the search", ByConfiguration)
            .Add("warm_start", OptionValues.Switch, s => s.WarmStart, (s, v) => s with { WarmStart = v },
                "begin with the heuristic, maximal and minimal sub-adapter");
        if (races)
        {
            table.Add("racing", OptionValues.Switch, s => s.Racing, (s, v) => s with { Racing = v },
                "ask an eighth of the validation records first, then more, and drop a sub-adapter once "
                + "it can no longer reach the front");
        }

        table.Add("surrogate", OptionValues.Switch, s => s.Surrogate, (s, v) => s with { Surrogate = v },
            "let a regression on all evaluations choose among many offspring");
    }
}
