namespace LoNas.Search.Algorithms;

/// <summary>The individuals that mate: row i of each list belongs to individual i.</summary>
internal sealed record Population(
    IReadOnlyList<int[]> Genomes, IReadOnlyList<double[]> Objectives, IReadOnlyList<double> Crowding);
