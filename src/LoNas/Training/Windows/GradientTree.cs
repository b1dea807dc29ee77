using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoNas.Training.Windows;

/// <summary>
/// Sums the gradients of a window's micro-batches in a fixed order: neighbours first, then neighbouring pairs, and so
/// on; what is left at the end is added from the right. The sum has therefore the same bits whoever computed which
/// micro-batches. At most one node for each binary digit of their number is kept.
/// </summary>
/// <param name="parameters">What has gradients, in the order of all nodes.</param>
internal sealed class GradientTree(IReadOnlyList<Parameter> parameters) : IDisposable
{
    private readonly List<PartialGradient> _parts = [];

    /// <summary>The nodes so far, from left to right.</summary>
    public IReadOnlyList<PartialGradient> Parts => _parts;

    /// <summary>Takes the gradients from the parameters as those of a micro-batch.</summary>
    public void Take(int microBatch)
    {
        var gradients = new Tensor?[parameters.Count];
        foreach (var (index, parameter) in parameters.Index())
        {
            if (parameter.grad is { } gradient)
            {
                // Without gaps, so that sums over its elements have one order on all ranks.
                gradients[index] = (gradient.is_contiguous() ? gradient : Packed(gradient)).DetachFromDisposeScope();
                parameter.grad = null;
            }
        }

        Add(new PartialGradient(microBatch, 1, gradients));
    }

    /// <summary>Adds a node to the right of all others.</summary>
    public void Add(PartialGradient part)
    {
        while (_parts is [.., var left] && left.IsSiblingOf(part))
        {
            _parts.RemoveAt(_parts.Count - 1);
            part = left.Plus(part);
        }

        _parts.Add(part);
    }

    /// <summary>Hands all nodes over.</summary>
    public IReadOnlyList<PartialGradient> Release()
    {
        PartialGradient[] parts = [.. _parts];
        _parts.Clear();
        return parts;
    }

    /// <summary>Gives the sum of all nodes to the parameters.</summary>
    public void Give()
    {
        if (_parts.Count == 0)
        {
            return;
        }

        var sum = _parts[^1];
        for (int i = _parts.Count - 2; i >= 0; i--)
        {
            sum = _parts[i].Plus(sum);
        }

        _parts.Clear();
        foreach (var (index, gradient) in sum.Gradients.Index())
        {
            if (gradient is not null)
            {
                parameters[index].grad = gradient;
                gradient.Dispose();
            }
        }
    }

    /// <summary>Reorders a parameter's gradients along a dimension, as the parameter itself was.</summary>
    public void Reorder(Parameter parameter, int dimension, Tensor order)
    {
        int index = parameters.Index().First(own => ReferenceEquals(own.Item, parameter)).Index;
        foreach (var part in _parts)
        {
            if (part.Gradients[index] is { } gradient)
            {
                using var moved = gradient.index_select(dimension, order);
                gradient.copy_(moved);
            }
        }
    }

    public void Dispose()
    {
        _parts.ForEach(part => part.Dispose());
        _parts.Clear();
    }

    private static Tensor Packed(Tensor gradient)
    {
        using (gradient)
        {
            return gradient.contiguous();
        }
    }
}
