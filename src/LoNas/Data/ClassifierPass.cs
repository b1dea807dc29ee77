using LoNas.Models;
using LoNas.Models.Attention;
using LoNas.Runtime;
using static TorchSharp.torch;

namespace LoNas.Data;

/// <summary>A classifier's scores for batches.</summary>
public static class ClassifierPass
{
    /// <summary>The scores of a batch's rows, [B, labels].</summary>
    /// <param name="model">The classifier.</param>
    /// <param name="batch">The rows.</param>
    /// <param name="packing">Whether padding is left out of all layers but attention.</param>
    public static Tensor Classify(this ISequenceClassifier model, TokenBatch batch, bool packing = false)
    {
        using var scope = NewDisposeScope();
        var (device, rows, columns) = (model.Device, batch.Rows, batch.Columns);
        var ids = DeviceTensors.Of(batch.InputIds, device).view(rows, columns);
        var types = DeviceTensors.Of(batch.TokenTypeIds, device).view(rows, columns);
        // Without a gradient, attention is faster over rows that are known to be packed.
        bool isFull = batch.TokenCount == batch.InputIds.Length;
        var packed = packing && !(isFull && is_grad_enabled())
            ? new PackedRows(batch.Lengths, columns, device)
            : null;
        if (isFull)
        {
            return model.Classify(ids, null, types, packed).MoveToOuterDisposeScope();
        }

        var lengths = DeviceTensors.Of(Array.ConvertAll(batch.Lengths, length => (long)length), device).unsqueeze(1);
        var mask = HeldSums.Range(0, columns, device: device).unsqueeze(0).less(lengths);
        return model.Classify(ids, mask, types, packed).MoveToOuterDisposeScope();
    }
}
