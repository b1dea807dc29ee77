using static TorchSharp.torch;

namespace LoNas.Weights;

/// <summary>A file of named tensors that are read where they lie: safetensors, or a PyTorch archive.</summary>
public interface IWeightFile : IDisposable
{
    /// <summary>The tensors' names.</summary>
    IReadOnlyCollection<string> Names { get; }

    /// <summary>The shape of a tensor.</summary>
    IReadOnlyList<long> ShapeOf(string name);

    /// <summary>The element type of a tensor.</summary>
    ScalarType TypeOf(string name);

    /// <summary>A tensor that reads the mapped file; the caller owns it, and it stays valid after this is disposed.</summary>
    Tensor Load(string name);
}
