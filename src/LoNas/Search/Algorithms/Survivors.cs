namespace LoNas.Search.Algorithms;

/// <summary>Who goes on into the next generation.</summary>
/// <param name="Indices">[N], rows of what was handed in.</param>
/// <param name="Crowding">[N], what tournaments between equals compare; larger is better.</param>
internal sealed record Survivors(int[] Indices, double[] Crowding);
