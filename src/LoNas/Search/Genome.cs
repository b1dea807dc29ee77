using LoNas.Elastic;

namespace LoNas.Search;

/// <summary>Genomes: for each group of a search space, the index into its width list.</summary>
public static class Genome
{
    /// <summary>The sub-adapter that a genome stands for.</summary>
    public static SubAdapter ToSubAdapter(SearchSpace space, IReadOnlyList<int> genome) =>
        new([.. genome.Select((level, group) => space.Groups[group].Widths[level])]);

    /// <summary>The genome of a sub-adapter of the space.</summary>
    public static int[] Of(SearchSpace space, SubAdapter subAdapter) =>
        [.. space.Groups.Select(group => IndexOf(group.Widths, subAdapter.Widths[group.Index]))];

    /// <summary>The active size of every linear as text; genomes that give the same model have the same text.</summary>
    public static string ModelOf(SearchSpace space, IReadOnlyList<int> genome) => string.Join(
        ';',
        space.ActiveShapes(ToSubAdapter(space, genome)).Values
            .Select(shape => $"{shape.In},{shape.Out},{shape.Rank}"));

    /// <summary>A genome as text.</summary>
    internal static string Key(IReadOnlyList<int> genome) => string.Join(',', genome);

    private static int IndexOf(IReadOnlyList<int> widths, int width) =>
        Enumerable.Range(0, widths.Count).First(level => widths[level] == width);
}

/// <summary>A sub-adapter that a search has tried.</summary>
/// <param name="Genome">For each group the index into its width list.</param>
/// <param name="Objectives">[2], MACs (or another cost) and minus accuracy; both are minimised.</param>
/// <param name="Generation">The generation that asked for it, from 0.</param>
public sealed record EvaluatedGenome(int[] Genome, double[] Objectives, int Generation)
{
    /// <summary>
    /// Whether both objectives could be measured. Where one could not, such as a loss that is not a number, the largest
    /// number stands in for it: it ranks last, but must not be calculated with or drawn.
    /// </summary>
    public bool IsMeasured => Objectives.All(value => Math.Abs(value) < double.MaxValue);
}
