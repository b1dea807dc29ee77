using static TorchSharp.torch;

namespace LoNas.Weights;

/// <summary>A tensor that is made when its turn to be written comes, so that one is in memory at a time.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="DType">Its element type.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Make">Makes it; the writer disposes it with everything else made on the way.</param>
internal sealed record PendingTensor(string Name, ScalarType DType, long[] Shape, Func<Tensor> Make)
{
    /// <summary>Its size in bytes.</summary>
    public long Bytes => TensorShape.Count(Shape) * SafetensorsTypes.SizeOf(DType);

    /// <summary>A tensor that is there already.</summary>
    public static PendingTensor Of(string name, Tensor tensor) => new(name, tensor.dtype, tensor.shape, () => tensor.alias());
}
