namespace LoNas.Models.Attention;

/// <summary>The sizes of a model that decide what generation keeps in memory.</summary>
/// <param name="Layers">Decoder layers.</param>
/// <param name="Heads">Key and value heads.</param>
/// <param name="HeadSize">Width of one head, D.</param>
/// <param name="HiddenSize">Width of the residual stream.</param>
/// <param name="VocabularySize">Logits of one position.</param>
public sealed record CacheShape(int Layers, long Heads, long HeadSize, long HiddenSize, long VocabularySize);
