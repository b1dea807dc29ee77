using LoNas.Data;
using LoNas.Elastic;
using LoNas.Models;
using LoNas.Training.Gradients;
using static TorchSharp.torch;

namespace LoNas.Training;

/// <summary>The mean loss over a validation set.</summary>
public static class ValidationLoss
{
    /// <summary>Cross-entropy in nats, averaged over all labels of the set; NaN when it has none.</summary>
    /// <exception cref="OperationCanceledException">
    /// Cancellation was requested; it is checked between batches.
    /// </exception>
    public static double Of(
        ICausalModel model, IReadOnlyList<TrainingExample> examples, int batchSize, CancellationToken cancel = default)
        => Of(TrainingObjective.Of(model), examples, batchSize, cancel);

    /// <summary>The loss of any objective, averaged over all labels of the set; NaN when it has none.</summary>
    /// <exception cref="OperationCanceledException">As above.</exception>
    public static double Of(
        TrainingObjective objective,
        IReadOnlyList<TrainingExample> examples,
        int batchSize,
        CancellationToken cancel = default)
    {
        using var evaluation = no_grad();
        double sum = 0;
        long count = 0;
        foreach (var rows in Enumerable.Range(0, examples.Count).Chunk(batchSize))
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var batch = TokenBatch.Pad(examples, rows);
            if (objective.Measure(batch) is var (loss, labels))
            {
                sum += loss.item<float>() * labels;
                count += labels;
            }
        }

        return count == 0 ? double.NaN : sum / count;
    }
}

/// <summary>
/// The validation figures of a sub-adapter by name; the one named <see cref="Loss"/> is always there.
/// </summary>
public sealed class ValidationFigures(IEnumerable<KeyValuePair<string, double>> values)
    : Dictionary<string, double>(values)
{
    /// <summary>The name of the loss.</summary>
    public const string Loss = "loss";
}

/// <summary>The validation of the maximal and the minimal sub-adapter.</summary>
internal sealed class SuperAdapterValidation(
    TrainingObjective objective, SuperAdapter adapter, IReadOnlyList<TrainingExample> examples, int batchSize)
{
    /// <summary>Measures the sub-adapter in force in place of the loss alone; null: the loss.</summary>
    public Func<CancellationToken, ValidationFigures>? Judge { get; set; }

    /// <summary>
    /// Measures both with dropout off; afterwards the sub-adapter that was active before is active again.
    /// </summary>
    /// <returns>The figures, the second null for plain LoRA; null without validation records.</returns>
    /// <exception cref="OperationCanceledException">Cancellation was requested.</exception>
    public (ValidationFigures Maximal, ValidationFigures? Minimal)? Measure(CancellationToken cancel)
    {
        if (examples.Count == 0)
        {
            return null;
        }

        bool training = adapter.Layers.Values.Any(layer => layer.training);
        SetMode(training: false);
        try
        {
            var maximal = FiguresOf(adapter.Space?.Maximal, cancel);
            return (maximal, adapter.Space is { } space ? FiguresOf(space.Minimal, cancel) : null);
        }
        finally
        {
            SetMode(training);
        }
    }

    /// <summary>Turns dropout on or off.</summary>
    public void SetMode(bool training)
    {
        objective.SetMode(training);
        foreach (var layer in adapter.Layers.Values)
        {
            layer.train(training);
        }
    }

    private ValidationFigures FiguresOf(SubAdapter? subAdapter, CancellationToken cancel)
    {
        using var active = adapter.Use(subAdapter);
        return Judge?.Invoke(cancel) ?? new ValidationFigures(
            [new(ValidationFigures.Loss, ValidationLoss.Of(objective, examples, batchSize, cancel))]);
    }
}
