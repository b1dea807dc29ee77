namespace LoNas.Cli.Search;

/// <summary>What a search wants little of.</summary>
internal enum SearchCost
{
    /// <summary>Multiply-accumulates of a sample.</summary>
    Macs,

    /// <summary>Active parameters.</summary>
    Params,

    /// <summary>Measured time of a prompt and its answer on this machine.</summary>
    Latency,
}
