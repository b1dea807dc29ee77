using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoNas.Elastic;

/// <summary>
/// What a trained adapter changes in its base beside the linear layers: matrices of its own in place of the
/// embedding's and the head's, and a low-rank adapter of the embedding. None of it is trained further.
/// </summary>
internal sealed class BaseChanges : IDisposable
{
    /// <summary>An adapter of linear layers alone.</summary>
    public static BaseChanges None { get; } = new();

    /// <summary>Matrices in place of the base's, by the base's name.</summary>
    public IReadOnlyDictionary<string, Tensor> Weights { get; init; } = new Dictionary<string, Tensor>();

    /// <summary>The adapter of the token embedding; null without one.</summary>
    public EmbeddingAdapter? Embedding { get; init; }

    /// <summary>Everything as the adapter's file has it, by its name there without PEFT's prefix.</summary>
    public IReadOnlyList<(string Name, Tensor Tensor)> Stored { get; init; } = [];

    /// <summary>Names of the file that mean such a change and can't be one of this base, with what is wrong.</summary>
    public IReadOnlyDictionary<string, string> Problems { get; init; } = new Dictionary<string, string>();

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, tensor) in Stored)
        {
            tensor.Dispose();
        }
    }
}

/// <summary>A low-rank adapter of a token embedding, whose rows it changes.</summary>
/// <param name="Name">The embedding's parameter.</param>
/// <param name="A">[r, vocabulary].</param>
/// <param name="B">[hidden, r].</param>
/// <param name="Scaling">What their product is multiplied by.</param>
internal sealed record EmbeddingAdapter(string Name, Tensor A, Tensor B, double Scaling)
{
    /// <summary>
    /// The matrix whose rows are those of the base and what the adapter adds to them, [vocabulary, hidden] float32.
    /// </summary>
    public Parameter Merged(Tensor stored)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var a = A.to(ScalarType.Float32).to(stored.device).t(); // [vocabulary, r]
        var b = B.to(ScalarType.Float32).to(stored.device).t(); // [r, hidden]
        // Held: a temporary one may be finalised while the native call reads it.
        using TorchSharp.Scalar scale = Scaling;
        var merged = stored.detach().to(ScalarType.Float32).add(a.matmul(b), scale);
        return new Parameter(merged.MoveToOuterDisposeScope(), requires_grad: false);
    }
}
