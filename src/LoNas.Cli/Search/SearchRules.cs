using LoNas.Cli.Options;
using LoNas.Search;

namespace LoNas.Cli.Search;

/// <summary>What the options of a search must satisfy.</summary>
internal static class SearchRules
{
    /// <summary>Adds what is wrong; a configuration's own values are checked when it is read.</summary>
    public static OptionProblems Check(OptionProblems problems, SearchFlags s) => problems
        .AtLeast("num_evals", s.NumEvals, 1)
        .AtLeast("population", s.Population, 1)
        .AtLeast("search_seed", s.SearchSeed, 0)
        .When(s.Population > s.NumEvals,
            $"--population {s.Population} is above --num_evals {s.NumEvals}; raise one or lower the other",
            "population", "num_evals")
        .When(s.Racing && s.SearchMetric == SearchMetric.Loss,
            "--racing counts right answers; it needs --search_metric accuracy", "racing", "search_metric")
        .When(!s.DoSearch && s.IsAnythingSet, "the flags of a search need --do_search", "do_search");
}
