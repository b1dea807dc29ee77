using LoNas.Data;
using LoNas.Models;
using LoNas.Training.Gradients;
using static TorchSharp.torch;

namespace LoNas.Training;

/// <summary>The mean loss over a validation set.</summary>
public static class ValidationLoss
{
    /// <summary>Cross-entropy in nats, averaged over all labels of the set; NaN when it has none.</summary>
    /// <exception cref="OperationCanceledException">Asked to stop, between two batches.</exception>
    public static double Of(
        ICausalModel model, IReadOnlyList<TrainingExample> examples, int batchSize, CancellationToken cancel = default)
    {
        using var evaluation = no_grad();
        double sum = 0;
        long count = 0;
        foreach (var rows in Enumerable.Range(0, examples.Count).Chunk(batchSize))
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var batch = TokenBatch.Pad(examples, rows);
            if (CausalLoss.Compute(model, batch) is { } loss)
            {
                long labels = CausalLoss.CountLabels(batch);
                sum += loss.item<float>() * labels;
                count += labels;
            }
        }

        return count == 0 ? double.NaN : sum / count;
    }
}
