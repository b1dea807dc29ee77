using System.Diagnostics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoNas.Bench.Eager;

/// <summary>Training steps of the eager model with TorchSharp's own AdamW and gradient clipping.</summary>
/// <param name="model">The model.</param>
/// <param name="parameters">What is trained.</param>
/// <param name="learningRate">Of every step.</param>
public sealed class EagerTraining(
    EagerLlama model, IReadOnlyList<Parameter> parameters, double learningRate) : IDisposable
{
    private readonly AdamW _optimizer = optim.AdamW(parameters, learningRate, weight_decay: 0);

    /// <summary>One step.</summary>
    /// <param name="inputIds">[B, T] int64.</param>
    /// <param name="labels">As <see cref="EagerLlama.Loss"/> takes them.</param>
    /// <param name="mask">Likewise.</param>
    /// <returns>The loss before it and the seconds it took.</returns>
    public (double Loss, double Seconds) Step(
        Tensor inputIds, Tensor? labels = null, Tensor? mask = null)
    {
        long start = Stopwatch.GetTimestamp();
        using var scope = NewDisposeScope();
        var loss = model.Loss(inputIds, labels, mask);
        loss.backward();
        nn.utils.clip_grad_norm_(parameters, 1);
        _optimizer.step();
        _optimizer.zero_grad();
        return (loss.item<float>(), Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    /// <inheritdoc/>
    public void Dispose() => _optimizer.Dispose();
}
