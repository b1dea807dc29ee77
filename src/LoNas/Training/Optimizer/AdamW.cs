using LoNas.Kernels;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoNas.Training.Optimizer;

/// <summary>
/// AdamW as <c>torch.optim.AdamW</c> computes it (betas 0.9 and 0.999, epsilon 1e-8), with decoupled weight decay.
/// TorchSharp's own is not used because each of its steps makes many temporary scalars, which a garbage collection may
/// free while the native call reads them, and reads all memory many times.
/// </summary>
internal sealed class AdamW : IDisposable
{
    private readonly double _weightDecay;

    /// <summary>Starts with zero moments, which are disposed with this object.</summary>
    /// <param name="parameters">What is optimised, by name.</param>
    /// <param name="weightDecay">Decoupled weight decay.</param>
    public AdamW(IEnumerable<(string Name, Parameter Parameter)> parameters, double weightDecay)
    {
        _weightDecay = weightDecay;
        Moments = [.. parameters.Select(named => new AdamMoments(named.Name, named.Parameter))];
    }

    /// <summary>The parameters and their moments.</summary>
    public IReadOnlyList<AdamMoments> Moments { get; }

    /// <summary>
    /// The Euclidean norm of all gradients together. It is summed in float64, so it is finite if all gradients are.
    /// </summary>
    public double GradientNorm() => Optimizer.GradientNorm.Of(Moments.Select(entry => entry.Parameter));

    /// <summary>Moves every parameter that has a gradient.</summary>
    /// <param name="learningRate">The learning rate of this step.</param>
    /// <param name="gradientFactor">A factor of the gradients; their tensors stay as they are.</param>
    public void Step(double learningRate, double gradientFactor = 1)
    {
        if (Moments is [{ Parameter.device_type: not DeviceType.CPU }, ..])
        {
            StepTogether(learningRate, gradientFactor);
            return;
        }

        foreach (var entry in Moments)
        {
            using var scope = NewDisposeScope();
            var parameter = entry.Parameter;
            if (parameter.grad is not { } gradient)
            {
                continue;
            }

            entry.Step++;
            var at = AdamCoefficients.At(entry.Step, learningRate, _weightDecay, gradientFactor);
            gradient = gradient.is_contiguous() ? gradient : gradient.contiguous();
            if (CpuFloats.Has(parameter) && CpuFloats.Has(gradient))
            {
                AdamKernel.Step(
                    CpuFloats.Of(parameter),
                    CpuFloats.Of(gradient),
                    CpuFloats.Of(entry.Average),
                    CpuFloats.Of(entry.Squares),
                    at);
            }
            else
            {
                AdamKernel.Step(parameter, gradient, entry.Average, entry.Squares, at);
            }
        }
    }

    /// <summary>
    /// Moves all parameters in a few launches by libtorch's fused AdamW, which suits devices other than the CPU. It
    /// overwrites the gradients.
    /// </summary>
    internal void StepTogether(double learningRate, double gradientFactor)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var moved = Moments.Select(entry => (Entry: entry, Gradient: entry.Parameter.grad))
            .Where(one => one.Gradient is not null).ToArray();
        if (moved.Length == 0)
        {
            return;
        }

        var device = moved[0].Entry.Parameter.device;
        var steps = moved.Select(one => ++one.Entry.Step).Distinct()
            .ToDictionary(step => step, step => Held((float)step, [], device));
        DeviceScripts.AdamW(
            [.. moved.Select(one => one.Entry.Parameter)],
            [.. moved.Select(one => one.Gradient!.contiguous())],
            [.. moved.Select(one => one.Entry.Average)],
            [.. moved.Select(one => one.Entry.Squares)],
            [.. moved.Select(one => steps[one.Entry.Step])],
            learningRate,
            _weightDecay,
            Held((float)(1 / gradientFactor), [1], device));
    }

    /// <summary>
    /// A tensor of one value. Its scalar is held: a temporary one may be finalised while native code reads it.
    /// </summary>
    private static Tensor Held(float value, long[] shape, Device device)
    {
        using Scalar held = value;
        return full(shape, held, device: device);
    }

    /// <summary>Drops all gradients.</summary>
    public void ClearGradients()
    {
        foreach (var entry in Moments)
        {
            entry.Parameter.grad = null;
        }
    }

    /// <summary>Reorders a parameter's moments along a dimension, as the parameter itself was.</summary>
    public void Reorder(Parameter parameter, int dimension, Tensor order)
    {
        using var scope = NewDisposeScope();
        var entry = Moments.First(own => ReferenceEquals(own.Parameter, parameter));
        entry.Average.copy_(entry.Average.index_select(dimension, order));
        entry.Squares.copy_(entry.Squares.index_select(dimension, order));
    }

    public void Dispose()
    {
        foreach (var entry in Moments)
        {
            entry.Dispose();
        }
    }
}

/// <summary>What AdamW keeps for a parameter.</summary>
internal sealed class AdamMoments : IDisposable
{
    public AdamMoments(string name, Parameter parameter)
    {
        (Name, Parameter) = (name, parameter);
        using var frozen = no_grad();
        Average = zeros_like(parameter).DetachFromDisposeScope();
        Squares = zeros_like(parameter).DetachFromDisposeScope();
    }

    public string Name { get; }

    public Parameter Parameter { get; }

    /// <summary>Steps that moved this parameter.</summary>
    public long Step { get; set; }

    /// <summary>The running mean of gradients (<c>exp_avg</c>), shaped as the parameter.</summary>
    public Tensor Average { get; }

    /// <summary>The running mean of their squares (<c>exp_avg_sq</c>), shaped as the parameter.</summary>
    public Tensor Squares { get; }

    public void Dispose()
    {
        Average.Dispose();
        Squares.Dispose();
    }
}
