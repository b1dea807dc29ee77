namespace LoNas.Export.Gguf;

/// <summary>What was written as GGUF.</summary>
/// <param name="Architecture">llama, deci or qwen2; of an adapter, its base's.</param>
/// <param name="Bytes">Size of the file.</param>
/// <param name="Check">How far its logits are from the masked model's; null when it was not checked.</param>
/// <param name="Halved">Tensors that are F16 because their rows do not fit the blocks of Q8_0.</param>
public sealed record GgufReport(string Architecture, long Bytes, LogitDifference? Check, IReadOnlyList<string> Halved);
