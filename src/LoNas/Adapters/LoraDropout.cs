using static TorchSharp.torch;

namespace LoNas.Adapters;

/// <summary>
/// Dropout that draws from its own generator: libtorch's own takes the process-wide one, which would make a run depend
/// on whatever else the process does.
/// </summary>
internal sealed class LoraDropout(double probability, Generator generator)
{
    /// <summary>Drops elements and scales the rest by 1 / (1 - p).</summary>
    /// <param name="input">[..., in].</param>
    /// <returns>[..., in].</returns>
    public Tensor Apply(Tensor input)
    {
        using var scope = NewDisposeScope();
        var mask = empty_like(input).bernoulli_(1 - probability, generator).div_(1 - probability);
        return (input * mask).MoveToOuterDisposeScope();
    }
}
