namespace LoNas.Search;

/// <summary>
/// A search that asks for evaluations and is told their results: it knows neither models nor how long an evaluation takes.
/// One seed gives one search, so going through known results again continues an interrupted one exactly.
/// </summary>
public interface ISearchAlgorithm
{
    /// <summary>Everything told so far, in that order.</summary>
    IReadOnlyList<EvaluatedGenome> Evaluated { get; }

    /// <summary>The next generation's genomes; empty when the search is over. Asked again before told, it is the same.</summary>
    IReadOnlyList<int[]> Ask();

    /// <summary>Takes the results of the generation that was asked for.</summary>
    /// <param name="genomes">What <see cref="Ask"/> gave.</param>
    /// <param name="objectives">[N, 2], minimised, a row for each genome; NaN counts as infinitely bad.</param>
    /// <exception cref="ArgumentException">The genomes are not those asked for, or rows are missing.</exception>
    void Tell(IReadOnlyList<int[]> genomes, IReadOnlyList<double[]> objectives);
}
