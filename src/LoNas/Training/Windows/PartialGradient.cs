using LoNas.Runtime;
using static TorchSharp.torch;

namespace LoNas.Training.Windows;

/// <summary>
/// The sum of the gradients of the micro-batches from <paramref name="Start"/> on, <paramref name="Count"/> of them, a
/// node of the window's tree: the count is a power of two that divides the start.
/// </summary>
/// <param name="Start">The first micro-batch, counted from 0 within its window.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Gradients">Of every parameter in their order, without gaps in memory; null where there is none.</param>
internal sealed record PartialGradient(int Start, int Count, Tensor?[] Gradients) : IDisposable
{
    /// <summary>Whether the next node to the right is the other half of a larger one.</summary>
    public bool IsSiblingOf(PartialGradient right) =>
        Count == right.Count && Start + Count == right.Start && Start % (2 * Count) == 0;

    /// <summary>
    /// Adds the node to its right, which is used up. A parameter without a gradient on one side keeps the other's bits.
    /// </summary>
    public PartialGradient Plus(PartialGradient right)
    {
        for (int i = 0; i < Gradients.Length; i++)
        {
            if (Gradients[i] is { } sum && right.Gradients[i] is { } addend)
            {
                sum.Add(addend);
                addend.Dispose();
            }
            else
            {
                Gradients[i] ??= right.Gradients[i];
            }
        }

        return this with { Count = Count + right.Count };
    }

    public void Dispose() => Array.ForEach(Gradients, gradient => gradient?.Dispose());
}
