using LoNas.Data;
using LoNas.Models;
using LoNas.Training.Gradients;
using static TorchSharp.torch;

namespace LoNas.Evaluation.Glue;

/// <summary>Asks a classifier.</summary>
public static class ClassifierEvaluator
{
    /// <summary>The scores of every example, [N][labels].</summary>
    public static IReadOnlyList<float[]> Scores(
        ISequenceClassifier model, IReadOnlyList<TrainingExample> examples, int batchSize,
        Action<int>? done = null, CancellationToken cancel = default)
    {
        using var frozen = no_grad();
        var scores = new List<float[]>();
        foreach (var rows in Enumerable.Range(0, examples.Count).Chunk(batchSize))
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var batch = model.Classify(TokenBatch.Pad(examples, rows)).to(ScalarType.Float32).cpu();
            var flat = batch.data<float>().ToArray();
            scores.AddRange(flat.Chunk(model.LabelCount));
            done?.Invoke(scores.Count);
        }

        return scores;
    }
}
