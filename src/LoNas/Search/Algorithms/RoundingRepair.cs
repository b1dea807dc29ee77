namespace LoNas.Search.Algorithms;

/// <summary>Brings a real gene back to an allowed integer one.</summary>
internal static class RoundingRepair
{
    /// <summary>The nearest integer within 0 and <paramref name="maximum"/>; halves go to the even one, as numpy's do.</summary>
    public static int Apply(double gene, int maximum) => (int)Math.Round(Math.Clamp(gene, 0, maximum));
}
