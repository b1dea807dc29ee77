using System.Runtime.Intrinsics;
using LoNas.Kernels;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoNas.Training.Optimizer;

/// <summary>
/// The norm by which gradients are clipped. Squares are summed in float64, where those of float32 can't overflow;
/// PyTorch sums in float32 and so calls a finite gradient above 1.8e19 infinite.
/// </summary>
internal static class GradientNorm
{
    /// <summary>The Euclidean norm of all gradients together; 0 where there are none.</summary>
    public static double Of(IEnumerable<Parameter> parameters)
    {
        using var scope = NewDisposeScope();
        double sum = 0;
        var elsewhere = new List<Tensor>();
        foreach (var parameter in parameters)
        {
            if (parameter.grad is not { } gradient)
            {
                continue;
            }

            if (CpuFloats.Has(gradient))
            {
                sum += SumOfSquares(CpuFloats.Of(gradient));
                gradient.Dispose();
            }
            else
            {
                elsewhere.Add(gradient);
            }
        }

        // Another device is waited for only once.
        sum += elsewhere.Count == 0 ? 0 : DeviceScripts.Norms([.. elsewhere]).square().sum().item<double>();
        return Math.Sqrt(sum);
    }

    /// <summary>
    /// The factor by which <c>clip_grad_norm_</c> multiplies gradients of this norm; 1 without a limit.
    /// </summary>
    public static double ClipFactor(double norm, double limit) =>
        limit > 0 ? Math.Min(1, limit / (norm + 1e-6)) : 1;

    /// <summary>Uses eight partial sums on any machine, so that all machines round alike.</summary>
    private static double SumOfSquares(ReadOnlySpan<float> values)
    {
        var sums = Vector512<double>.Zero;
        int i = 0;
        for (; i <= values.Length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            var (low, high) = Vector256.Widen(Vector256.Create(values[i..]));
            var wide = Vector512.Create(low, high);
            sums += wide * wide;
        }

        double sum = Vector512.Sum(sums);
        for (; i < values.Length; i++)
        {
            sum += (double)values[i] * values[i];
        }

        return sum;
    }
}
