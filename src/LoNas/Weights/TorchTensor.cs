namespace LoNas.Weights;

/// <summary>A saved tensor's view of its storage; offset and strides in elements.</summary>
internal sealed record TorchTensor(TorchStorage Storage, long Offset, long[] Shape, long[] Strides);
