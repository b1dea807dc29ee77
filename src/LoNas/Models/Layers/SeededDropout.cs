using LoNas.Kernels;
using LoNas.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace LoNas.Models.Layers;

/// <summary>A drawn dropout mask, which can be applied repeatedly.</summary>
/// <param name="Probability">The probability that an element is dropped.</param>
/// <param name="Seed">The seed of the mask.</param>
internal sealed record DropoutMask(double Probability, ulong Seed)
{
    /// <summary>Drops elements and scales the rest by 1 / (1 - p).</summary>
    public Tensor Apply(Tensor input) => DropoutKernel.Apply(input, Seed, Probability);

    /// <summary>Applies the mask to <paramref name="addend"/> and adds the result to <paramref name="sum"/>.</summary>
    public void Add(Tensor sum, Tensor addend) => DropoutKernel.Add(sum, addend, Seed, Probability);
}

/// <summary>
/// Dropout with its own random generator. libtorch's dropout uses the generator of the process, so a run would depend
/// on everything else that the process does.
/// </summary>
internal sealed class SeededDropout(double probability, Generator generator)
{
    /// <summary>The number of different masks: seeds are the integers that a double represents exactly.</summary>
    private const long SeedCount = 1L << 53;

    // Held: a temporary one may be finalised while the native call reads it.
    private readonly Scalar _kept = 1 - probability;

    /// <summary>Drops elements and scales the rest by 1 / (1 - p).</summary>
    /// <param name="input">[..., in].</param>
    /// <returns>[..., in].</returns>
    public Tensor Apply(Tensor input)
    {
        if (input.device_type == DeviceType.CUDA)
        {
            // TorchSharp can't create a generator for a GPU, so the device's own is seeded from this one before every
            // use.
            cuda.manual_seed_all((long)Draw().Seed);
            return nn.functional.dropout(input, probability, training: true);
        }

        using var scope = NewDisposeScope();
        var mask = empty_like(input).bernoulli_(1 - probability, generator).div_(_kept);
        return (input * mask).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Does the same with a mask that is a seed, which takes a fraction of the time and memory where kernels compute
    /// it. The draws differ from those of <see cref="Apply"/>.
    /// </summary>
    /// <param name="input">Any shape.</param>
    public Tensor ApplyDrawn(Tensor input) =>
        KernelRows.Supports(input) ? DropoutFunction.apply(input, Draw()) : Apply(input);

    /// <summary>Computes several things, for each of which the same is drawn.</summary>
    public List<Tensor> DrawingTheSame(IReadOnlyList<Func<Tensor>> computations)
    {
        using var before = generator.get_state();
        var results = new List<Tensor>();
        foreach (var compute in computations)
        {
            generator.set_state(before);
            results.Add(compute());
        }

        return results;
    }

    /// <summary>Draws a mask, which is only a seed and takes no memory.</summary>
    public DropoutMask Draw()
    {
        using var seed = empty(1, ScalarType.Int64).random_(0, SeedCount, generator);
        return new DropoutMask(probability, (ulong)seed.item<long>());
    }
}

/// <summary>A model's own dropout, which is active in training alone.</summary>
internal sealed class ModelDropout : nn.Module<Tensor, Tensor>
{
    private readonly SeededDropout? _dropout;

    /// <summary>Draws from the generator of the weights; without one nothing is dropped.</summary>
    public ModelDropout(WeightMap weights, double probability)
        : base(nameof(ModelDropout)) =>
        _dropout = weights.Random is { } random && probability > 0 ? new SeededDropout(probability, random) : null;

    /// <summary>Whether it drops anything now.</summary>
    public bool IsActive => training && _dropout is not null;

    /// <summary>Drops elements and scales the rest by 1 / (1 - p), in training; else gives the input again.</summary>
    public override Tensor forward(Tensor input) => IsActive ? _dropout!.ApplyDrawn(input) : input.alias();
}

/// <summary>Dropout as one node of the gradient's graph, which keeps neither its input nor the mask.</summary>
internal sealed class DropoutFunction : autograd.SingleTensorFunction<DropoutFunction>
{
    public override string Name => nameof(DropoutFunction);

    /// <param name="ctx">Keeps the mask's seed.</param>
    /// <param name="vars">The input, and the <see cref="DropoutMask"/>.</param>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var mask = (DropoutMask)vars[1];
        ctx.save_data(nameof(mask), mask);
        return mask.Apply(((Tensor)vars[0]).contiguous());
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output) =>
        [((DropoutMask)ctx.get_data("mask")).Apply(grad_output.contiguous()), null!];
}
