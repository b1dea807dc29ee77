using LoNas.Data;
using LoNas.Models;
using static TorchSharp.torch;

namespace LoNas.Evaluation.Glue;

/// <summary>A classifier's scores of many examples.</summary>
public static class ClassifierEvaluator
{
    /// <summary>
    /// Scores examples. Batches are of examples of similar length, and pads are left out of all layers but attention;
    /// the scores of an example do not depend on the others but by rounding. A model that is being trained drops
    /// nothing meanwhile.
    /// </summary>
    /// <param name="model">The classifier.</param>
    /// <param name="examples">What it is asked; may be empty.</param>
    /// <param name="batchSize">Examples at a time.</param>
    /// <param name="done">Told how many examples are done, after each batch; null for nobody.</param>
    /// <param name="cancel">Stops between batches.</param>
    /// <returns>The scores of every example in the order of the examples, each [labels].</returns>
    /// <exception cref="OperationCanceledException">Cancellation was requested.</exception>
    public static IReadOnlyList<float[]> Scores(
        ISequenceClassifier model,
        IReadOnlyList<TrainingExample> examples,
        int batchSize,
        Action<int>? done = null,
        CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        var module = model as nn.Module;
        bool trains = module?.training ?? false;
        module?.train(false);
        try
        {
            return InBatches(model, examples, batchSize, done, cancel);
        }
        finally
        {
            module?.train(trains);
        }
    }

    private static float[][] InBatches(
        ISequenceClassifier model,
        IReadOnlyList<TrainingExample> examples,
        int batchSize,
        Action<int>? done,
        CancellationToken cancel)
    {
        using var frozen = no_grad();
        var scores = new float[examples.Count][];
        int count = 0;
        foreach (var rows in ByLength(examples).Chunk(batchSize))
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var logits = model.Classify(TokenBatch.Pad(examples, rows), packing: true).to(ScalarType.Float32).cpu();
            var numbers = logits.data<float>().ToArray();
            for (int row = 0; row < rows.Length; row++)
            {
                scores[rows[row]] = numbers.AsSpan(row * model.LabelCount, model.LabelCount).ToArray();
            }

            done?.Invoke(count += rows.Length);
        }

        return scores;
    }

    /// <summary>The longest first, so that a lack of memory shows at once; equal ones in their own order.</summary>
    private static IEnumerable<int> ByLength(IReadOnlyList<TrainingExample> examples) =>
        Enumerable.Range(0, examples.Count).OrderByDescending(index => examples[index].InputIds.Length);
}
