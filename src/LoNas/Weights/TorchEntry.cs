using static TorchSharp.torch;

namespace LoNas.Weights;

/// <summary>
/// One tensor of a PyTorch archive: its first element's byte from the file's start, and how many elements it reaches over.
/// </summary>
internal sealed record TorchEntry(ScalarType DType, long[] Shape, long[] Strides, long Start, long Span);
