using LoNas.Kernels;
using static TorchSharp.torch;

namespace LoNas.Elastic;

/// <summary>One draw of dropout, which can be applied again.</summary>
/// <param name="Probability">Of an element to be dropped.</param>
/// <param name="Seed">Which mask.</param>
internal sealed record DropoutMask(double Probability, ulong Seed)
{
    /// <summary>Drops elements and scales the rest.</summary>
    public Tensor Apply(Tensor input) => DropoutKernel.Apply(input, Seed, Probability);

    /// <summary>Adds what the mask leaves of a tensor to another.</summary>
    public void Add(Tensor sum, Tensor addend) => DropoutKernel.Add(sum, addend, Seed, Probability);
}
