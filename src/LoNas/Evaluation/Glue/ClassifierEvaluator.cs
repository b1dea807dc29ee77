using System.Runtime.InteropServices;
using LoNas.Data;
using LoNas.Distributed;
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
    /// <param name="ranks">The processes that score together, each a part; null for this one alone.</param>
    /// <returns>The scores of every example in the order of the examples, each [labels].</returns>
    /// <exception cref="OperationCanceledException">Cancellation was requested.</exception>
    public static IReadOnlyList<float[]> Scores(
        ISequenceClassifier model,
        IReadOnlyList<TrainingExample> examples,
        int batchSize,
        Action<int>? done = null,
        CancellationToken cancel = default,
        ICollectives? ranks = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        var module = model as nn.Module;
        bool trains = module?.training ?? false;
        module?.train(false);
        try
        {
            return InBatches(model, examples, batchSize, done, cancel, ranks ?? SingleProcess.Instance);
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
        CancellationToken cancel,
        ICollectives ranks)
    {
        var batches = ByLength(examples).Chunk(batchSize).Index().Where(each => each.Index % ranks.Size == ranks.Rank);
        var own = new List<float>();
        void Score(CancellationToken stop)
        {
            using var frozen = no_grad();
            foreach (var (index, rows) in batches)
            {
                stop.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                var logits = model.Classify(TokenBatch.Pad(examples, rows), packing: true).to(ScalarType.Float32).cpu();
                own.AddRange(logits.data<float>());
                // The other ranks are about as far.
                done?.Invoke(Math.Min(examples.Count, (index + 1) * batchSize));
            }
        }

        if (!ranks.Together(Score, cancel))
        {
            throw new OperationCanceledException(cancel);
        }

        return Ordered(examples, batchSize, model.LabelCount, ranks.GatherAll<float>(CollectionsMarshal.AsSpan(own)));
    }

    /// <summary>The scores of all ranks in the order of the examples.</summary>
    private static float[][] Ordered(
        IReadOnlyList<TrainingExample> examples, int batchSize, int labels, float[][] ofRanks)
    {
        var scores = new float[examples.Count][];
        int[] places = new int[ofRanks.Length];
        foreach (var (index, rows) in ByLength(examples).Chunk(batchSize).Index())
        {
            int rank = index % ofRanks.Length;
            foreach (int row in rows)
            {
                scores[row] = ofRanks[rank].AsSpan(places[rank], labels).ToArray();
                places[rank] += labels;
            }
        }

        return scores;
    }

    /// <summary>The longest first, so that a lack of memory shows at once; equal ones in their own order.</summary>
    private static IEnumerable<int> ByLength(IReadOnlyList<TrainingExample> examples) =>
        Enumerable.Range(0, examples.Count).OrderByDescending(index => examples[index].InputIds.Length);
}
