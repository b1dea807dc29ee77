using static TorchSharp.torch;

namespace LoNas.Weights;

/// <summary>The block of memory that a saved tensor looks into: the archive's entry <c>data/{Key}</c>.</summary>
internal sealed record TorchStorage(string Key, ScalarType DType, long Count);
