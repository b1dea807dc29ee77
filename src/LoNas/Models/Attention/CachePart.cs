namespace LoNas.Models.Attention;

/// <summary>Neighbouring rows that attend together.</summary>
/// <param name="First">The first row.</param>
/// <param name="Count">Rows.</param>
/// <param name="Width">Slots that any of them looks at: the first so many.</param>
public sealed record CachePart(int First, int Count, int Width);
