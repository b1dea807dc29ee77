namespace LoNas.Generation;

/// <summary>A finished sequence without its end token.</summary>
internal sealed record Hypothesis(int[] Ids, double Score, bool Ended);
