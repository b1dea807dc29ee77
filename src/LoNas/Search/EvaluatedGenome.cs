namespace LoNas.Search;

/// <summary>A sub-adapter that a search has tried.</summary>
/// <param name="Genome">For each group the index into its width list.</param>
/// <param name="Objectives">[2], MACs (or another cost) and minus accuracy: both are minimised.</param>
/// <param name="Generation">The generation that asked for it, from 0.</param>
public sealed record EvaluatedGenome(int[] Genome, double[] Objectives, int Generation)
{
    /// <summary>
    /// Whether both objectives are numbers that were measured. What was not, such as a loss that is no number, is held as
    /// the largest number, which ranks last but must not be calculated or drawn with.
    /// </summary>
    public bool IsMeasured => Objectives.All(value => Math.Abs(value) < double.MaxValue);
}
