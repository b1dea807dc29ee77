namespace LoNas.Elastic;

/// <summary>The size of one linear with its adapter: the full one, or the active part of it.</summary>
/// <param name="In">Input features.</param>
/// <param name="Out">Output features.</param>
/// <param name="Rank">The adapter's rank; 0 where the linear has none.</param>
/// <param name="Bias">Whether it has a bias <c>[Out]</c>, which is cut with its rows.</param>
public sealed record LinearShape(long In, long Out, int Rank, bool Bias = false);
