namespace LoNas.Generation;

/// <summary>One generated sequence.</summary>
/// <param name="Ids">Prompt and generated tokens, the end token included when it came.</param>
/// <param name="Score">Log-probability divided by length^penalty for beam search; 0 for greedy decoding.</param>
public sealed record GeneratedSequence(int[] Ids, double Score);
