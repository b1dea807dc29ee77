namespace LoNas.Adapters;

/// <summary>Sizes of a linear layer and its adapter, full or active.</summary>
/// <param name="In">Input features.</param>
/// <param name="Out">Output features.</param>
/// <param name="Rank">Rank of the adapter; 0 means none.</param>
public sealed record LinearShape(long In, long Out, int Rank);
