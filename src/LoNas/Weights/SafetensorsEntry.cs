using static TorchSharp.torch;

namespace LoNas.Weights;

/// <summary>One tensor of a safetensors file; offsets in bytes from the file's start.</summary>
internal sealed record SafetensorsEntry(string Name, ScalarType DType, long[] Shape, long Start, long End);
