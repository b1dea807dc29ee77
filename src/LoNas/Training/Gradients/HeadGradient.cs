using LoNas.Kernels;
using LoNas.Models;
using LoNas.Runtime;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoNas.Training.Gradients;

/// <summary>
/// The loss at the head and its gradients, some positions at a time, so that the logits of all positions never exist
/// together.
/// </summary>
internal static class HeadGradient
{
    /// <summary>
    /// Elements of the logits that exist at a time: with fewer, matrix products of few rows are slow.
    /// </summary>
    private const long ChunkElements = 32 << 20;

    /// <summary>Adds the gradients to the parameters of the head and to the hidden states.</summary>
    /// <param name="model">The model.</param>
    /// <param name="hidden">[B, T, H], a leaf.</param>
    /// <param name="labels">Which positions count.</param>
    /// <param name="share">Which share of the mean loss.</param>
    /// <returns>
    /// The loss times its share, a scalar of float64 on the model's device; the device is not waited for.
    /// </returns>
    public static Tensor Add(ICausalModel model, Tensor hidden, CountedLabels labels, GradientShare share)
    {
        using var scope = NewDisposeScope();
        var flat = hidden.detach().flatten(0, 1); // [B * T, H]
        var gradient = hidden.requires_grad ? zeros_like(flat) : null;
        int count = labels.Positions.Length;
        int size = (int)Math.Max(1, ChunkElements / model.CacheShape.VocabularySize);
        var sum = zeros([], ScalarType.Float64, model.Device);
        for (int start = 0; start < count; start += size)
        {
            int end = Math.Min(count, start + size);
            using var within = NewDisposeScope();
            var positions = DeviceTensors.Of(labels.Positions[start..end], model.Device);
            var states = flat.index_select(0, positions).requires_grad_(gradient is not null); // [n, H]
            var targets = labels.Targets.AsMemory(start..end);
            sum.Add(Chunk(model.Logits(states), targets, share.Share * share.Scale / count));
            if (gradient is not null)
            {
                gradient.index_copy_(0, positions, states.grad!);
            }
        }

        if (gradient is not null)
        {
            hidden.grad = gradient.view(hidden.shape);
        }

        using Scalar part = share.Share / count;
        return sum.mul(part).MoveToOuterDisposeScope();
    }

    /// <summary>Sums the losses of some positions and passes their gradients back through the head.</summary>
    private static Tensor Chunk(Tensor logits, ReadOnlyMemory<long> targets, double factor)
    {
        if (KernelRows.Supports(logits) && logits.is_contiguous())
        {
            // The gradient overwrites the logits: no head needs its own output to pass a gradient on.
            var values = logits.detach();
            var sum = tensor(CrossEntropyKernel.Sum(values, targets, (float)factor));
            if (logits.requires_grad)
            {
                logits.backward([values]);
            }

            return sum;
        }

        var loss = functional.cross_entropy(
            logits.to(ScalarType.Float32),
            DeviceTensors.Of(targets.ToArray(), logits.device),
            reduction: Reduction.Sum);
        if (loss.requires_grad)
        {
            using Scalar held = factor;
            loss.mul(held).backward();
        }

        return loss.detach();
    }
}
