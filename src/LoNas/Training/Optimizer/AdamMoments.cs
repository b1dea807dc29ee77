using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoNas.Training.Optimizer;

/// <summary>What AdamW remembers of a parameter.</summary>
internal sealed class AdamMoments : IDisposable
{
    public AdamMoments(string name, Parameter parameter)
    {
        (Name, Parameter) = (name, parameter);
        using var frozen = no_grad();
        Average = zeros_like(parameter).DetachFromDisposeScope();
        Squares = zeros_like(parameter).DetachFromDisposeScope();
    }

    public string Name { get; }

    public Parameter Parameter { get; }

    /// <summary>Steps that moved this parameter.</summary>
    public long Step { get; set; }

    /// <summary>The running mean of gradients (<c>exp_avg</c>), shaped as the parameter.</summary>
    public Tensor Average { get; }

    /// <summary>The running mean of their squares (<c>exp_avg_sq</c>), shaped as the parameter.</summary>
    public Tensor Squares { get; }

    public void Dispose()
    {
        Average.Dispose();
        Squares.Dispose();
    }
}
