using LoNas.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace LoNas.Models.Layers;

/// <summary>
/// Dropout that draws from its own generator: libtorch's own takes the process-wide one, which would make a run depend
/// on whatever else the process does.
/// </summary>
internal sealed class SeededDropout(double probability, Generator generator)
{
    /// <summary>How many masks there are: the whole numbers that a double holds.</summary>
    private const long SeedCount = 1L << 53;

    /// <summary>Drops elements and scales the rest by 1 / (1 - p).</summary>
    /// <param name="input">[..., in].</param>
    /// <returns>[..., in].</returns>
    public Tensor Apply(Tensor input)
    {
        if (input.device_type == DeviceType.CUDA)
        {
            // TorchSharp makes no generator for a GPU: the device's own is set to what this one draws, before every
            // use.
            cuda.manual_seed_all((long)Draw().Seed);
            return nn.functional.dropout(input, probability, training: true);
        }

        using var scope = NewDisposeScope();
        var mask = empty_like(input).bernoulli_(1 - probability, generator).div_(1 - probability);
        return (input * mask).MoveToOuterDisposeScope();
    }

    /// <summary>Draws a mask that needs no memory.</summary>
    public DropoutMask Draw()
    {
        using var seed = empty(1, ScalarType.Int64).random_(0, SeedCount, generator);
        return new DropoutMask(probability, (ulong)seed.item<long>());
    }
}

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
