using LoNas.Data;
using LoNas.Distributed;
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
    /// <param name="objective">The loss.</param>
    /// <param name="examples">The set.</param>
    /// <param name="batchSize">Records of a batch.</param>
    /// <param name="cancel">Stops between batches.</param>
    /// <param name="ranks">The processes that measure it together; null for this one alone.</param>
    /// <exception cref="OperationCanceledException">As above.</exception>
    public static double Of(
        TrainingObjective objective,
        IReadOnlyList<TrainingExample> examples,
        int batchSize,
        CancellationToken cancel = default,
        ICollectives? ranks = null)
    {
        var batches = Enumerable.Range(0, examples.Count).Chunk(batchSize).ToArray();
        var sums = (ranks ?? SingleProcess.Instance).Deal(
            batches.Length, index => Sum(objective, TokenBatch.Pad(examples, batches[index])), cancel);
        long count = sums.Sum(each => each.Labels);
        // In their order, whichever rank measured which.
        return count == 0 ? double.NaN : sums.Aggregate(0.0, (sum, each) => sum + each.Loss) / count;
    }

    private static (double Loss, long Labels) Sum(TrainingObjective objective, TokenBatch batch)
    {
        using var evaluation = no_grad();
        using var scope = NewDisposeScope();
        return objective.Measure(batch) is var (loss, labels) ? (loss.item<float>() * labels, labels) : (0, 0);
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
    TrainingObjective objective, SuperAdapter adapter, IReadOnlyList<TrainingExample> examples, int batchSize,
    ICollectives ranks)
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
            [new(ValidationFigures.Loss, ValidationLoss.Of(objective, examples, batchSize, cancel, ranks))]);
    }
}
