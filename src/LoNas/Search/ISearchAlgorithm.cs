namespace LoNas.Search;

/// <summary>
/// A search that asks for evaluations and is told their results; it knows nothing of models. The same seed and results
/// give the same search, so an interrupted search continues exactly once it is told the known results again.
/// </summary>
public interface ISearchAlgorithm
{
    /// <summary>Everything told so far, in that order.</summary>
    IReadOnlyList<EvaluatedGenome> Evaluated { get; }

    /// <summary>
    /// The genomes of the next generation; empty when the search is over. Until they are told, Ask returns the same
    /// again.
    /// </summary>
    IReadOnlyList<int[]> Ask();

    /// <summary>Takes the results of the generation that was asked for.</summary>
    /// <param name="genomes">The genomes that <see cref="Ask"/> returned.</param>
    /// <param name="objectives">[N, 2], minimised, one row per genome; NaN counts as infinitely bad.</param>
    /// <exception cref="ArgumentException">The genomes are not those asked for, or rows are missing.</exception>
    void Tell(IReadOnlyList<int[]> genomes, IReadOnlyList<double[]> objectives);
}
