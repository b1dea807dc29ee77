namespace LoNas.Text;

/// <summary>One text or two as the input of a classifier.</summary>
/// <param name="InputIds">The token ids, special tokens among them, [T].</param>
/// <param name="TokenTypeIds">For each token which text it belongs to, 0 or 1, [T].</param>
public sealed record EncodedPair(int[] InputIds, int[] TokenTypeIds);
