using LoNas.Data;
using LoNas.Models;
using LoNas.Runtime;
using static TorchSharp.torch;

namespace LoNas.Training.Gradients;

/// <summary>Next-token cross-entropy, averaged over the labels that count.</summary>
public static class CausalLoss
{
    /// <summary>
    /// The loss of a batch. The head runs only at positions whose next token is a label, in float32 as Transformers 4.31
    /// casts logits.
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
        var logits = model.Logits(hidden.index_select(0, DeviceTensors.Of(positions, model.Device))).to(ScalarType.Float32); // [n, V]
        return nn.functional.cross_entropy(logits, DeviceTensors.Of(targets, model.Device)).MoveToOuterDisposeScope();
    }

    /// <summary>How many labels the loss of a batch averages.</summary>
    public static int CountLabels(TokenBatch batch) => CountedLabels.Of(batch).Positions.Length;
}
