namespace LoNas.Cli.Search;

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
