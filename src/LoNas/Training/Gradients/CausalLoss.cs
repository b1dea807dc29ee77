using LoNas.Data;
using LoNas.Models;
using LoNas.Runtime;
using static TorchSharp.torch;

namespace LoNas.Training.Gradients;

/// <summary>Next-token cross-entropy, averaged over the labels that count.</summary>
public static class CausalLoss
{
    /// <summary>
    /// The loss of a batch. The head runs only at positions whose next token is a label. Logits are cast to float32, as
    /// in Transformers 4.31.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="batch">Token ids and labels, -100 where a position does not count.</param>
    /// <returns>A scalar; null when no position counts.</returns>
    public static Tensor? Compute(ICausalModel model, TokenBatch batch)
    {
        var (positions, targets) = CountedLabels.Of(batch);
        if (positions.Length == 0)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        var inputIds = DeviceTensors.Of(batch.InputIds, model.Device).view(batch.Rows, batch.Columns); // [B, T]
        var hidden = model.HiddenStates(inputIds).flatten(0, 1); // [B * T, H]
        var counted = hidden.index_select(0, DeviceTensors.Of(positions, model.Device)); // [n, H]
        var logits = model.Logits(counted).to(ScalarType.Float32); // [n, V]
        return nn.functional.cross_entropy(logits, DeviceTensors.Of(targets, model.Device)).MoveToOuterDisposeScope();
    }

    /// <summary>How many labels the loss of a batch averages.</summary>
    public static int CountLabels(TokenBatch batch) => CountedLabels.Of(batch).Positions.Length;
}

/// <summary>The positions of a batch whose next token is a label.</summary>
/// <param name="Positions">Indices into the flattened batch.</param>
/// <param name="Targets">The next tokens.</param>
internal sealed record CountedLabels(long[] Positions, long[] Targets)
{
    /// <summary>Finds the labels of a batch.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="packed">Whether positions are counted without padding.</param>
    public static CountedLabels Of(TokenBatch batch, bool packed = false)
    {
        var positions = new List<long>(batch.Labels.Length);
        var targets = new List<long>(batch.Labels.Length);
        int first = 0;
        for (int row = 0; row < batch.Rows; row++)
        {
            for (int column = 1; column < batch.Lengths[row]; column++)
            {
                long next = batch.Labels[(row * batch.Columns) + column];
                if (next != TrainingExample.IgnoredLabel)
                {
                    positions.Add(first + column - 1);
                    targets.Add(next);
                }
            }

            first += packed ? batch.Lengths[row] : batch.Columns;
        }

        return new CountedLabels([.. positions], [.. targets]);
    }
}
