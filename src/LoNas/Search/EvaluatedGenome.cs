namespace LoNas.Search;

/// <summary>A sub-adapter that a search has tried.</summary>
/// <param name="Genome">For each group the index into its width list.</param>
/// <param name="Objectives">[2], MACs (or another cost) and minus accuracy: both are minimised.</param>
/// <param name="Generation">The generation that asked for it, from 0.</param>
public sealed record EvaluatedGenome(int[] Genome, double[] Objectives, int Generation);
