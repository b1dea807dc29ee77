namespace LoNas.Cli.Search;

/// <summary>What a search wants much of: how good a sub-adapter is.</summary>
internal enum SearchMetric
{
    /// <summary>Share of validation records answered right, by generation.</summary>
    Accuracy,

    /// <summary>Minus the mean validation loss: cheap and smooth.</summary>
    Loss,
}
