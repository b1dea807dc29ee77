using LoNas.Cli.Options;
using LoNas.Search;

namespace LoNas.Cli.Search;

/// <summary>The flags of a search, to be added to the table of a command.</summary>
internal static class SearchTable
{
    /// <summary>The heading of these flags in the help.</summary>
    public const string Heading = "Search";

    /// <summary>Adds them all; <paramref name="read"/> and <paramref name="write"/> reach them in the command's options.</summary>
    public static void Add<TOptions>(
        OptionTable<TOptions> table, Func<TOptions, SearchFlags> read, Func<TOptions, SearchFlags, TOptions> write)
    {
        void Row<T>(
            string name, OptionValue<T> value, Func<SearchFlags, T> get, Func<SearchFlags, T, SearchFlags> set,
            string description, string whenAbsent = "the configuration's") =>
            table.Add(name, value, o => get(read(o)), (o, v) => write(o, set(read(o), v)), description, whenAbsent);

        table.Group(Heading);
        Row("do_search", OptionValues.Switch, s => s.DoSearch, (s, v) => s with { DoSearch = v },
            "search the sub-adapters for the best ones; needs a configuration and --val_set_size");
        Row("search_tasks", OptionValues.OptionalChoice<SearchSuite>(), s => s.SearchTasks, (s, v) => s with { SearchTasks = v },
            "how validation records are asked and judged", "as the command trains; search: math");
        Row("search_metric", OptionValues.Choice<SearchMetric>(), s => s.SearchMetric, (s, v) => s with { SearchMetric = v },
            "accuracy: answers to the validation records; loss: their loss, which is cheap and smooth");
        Row("search_cost", OptionValues.Choice<SearchCost>(), s => s.SearchCost, (s, v) => s with { SearchCost = v },
            "what is to be small: MACs, parameters, or the latency measured on this machine");
        Row("search_algorithm", OptionValues.OptionalChoice<SearchAlgorithmName>(), s => s.SearchAlgorithm,
            (s, v) => s with { SearchAlgorithm = v }, "how sub-adapters are proposed");
        Row("num_evals", OptionValues.OptionalInteger, s => s.NumEvals, (s, v) => s with { NumEvals = v },
            "sub-adapters to evaluate");
        Row("population", OptionValues.OptionalInteger, s => s.Population, (s, v) => s with { Population = v },
            "sub-adapters of a generation");
        Row("search_seed", OptionValues.OptionalInteger, s => s.SearchSeed, (s, v) => s with { SearchSeed = v },
            "seed of the search");
        Row("warm_start", OptionValues.Switch, s => s.WarmStart, (s, v) => s with { WarmStart = v },
            "begin with the heuristic, maximal and minimal sub-adapter");
        Row("racing", OptionValues.Switch, s => s.Racing, (s, v) => s with { Racing = v },
            "ask an eighth of the validation records first, then more, and drop a sub-adapter once it can no longer reach the front");
        Row("surrogate", OptionValues.Switch, s => s.Surrogate, (s, v) => s with { Surrogate = v },
            "let a regression on all evaluations choose among many offspring");
    }
}
