namespace LoNas.Cli.Search;

/// <summary>How validation records are asked and judged.</summary>
internal enum SearchSuite
{
    /// <summary>As math problems.</summary>
    Math,

    /// <summary>As commonsense questions.</summary>
    Commonsense,
}
