using LoNas.Models.Attention;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoNas.Models;

/// <summary>A model that gives one row of scores for a whole sequence.</summary>
public interface ISequenceClassifier : IDisposable
{
    /// <summary>Classes; 1 means that the score is a number to be regressed.</summary>
    int LabelCount { get; }

    /// <summary>All parameters, base and adapter.</summary>
    IEnumerable<Parameter> Parameters { get; }

    /// <summary>Where it computes; its inputs must be there.</summary>
    Device Device => CPU;

    /// <summary>The scores of each sequence.</summary>
    /// <param name="inputIds">Token ids, [B, T] int64.</param>
    /// <param name="attentionMask">True at real tokens, [B, T] bool; null when all are.</param>
    /// <param name="tokenTypeIds">0 in the first segment, 1 in the second, [B, T] int64; null when all are 0.</param>
    /// <param name="packed">
    /// The same layout as the mask's, where pads are to be left out of all layers but attention; null computes them.
    /// </param>
    /// <returns>Logits, [B, labels], in the base's type.</returns>
    /// <exception cref="ArgumentException">
    /// The sequences are longer than the positions the model has learned.
    /// </exception>
    Tensor Classify(
        Tensor inputIds, Tensor? attentionMask = null, Tensor? tokenTypeIds = null, PackedRows? packed = null);
}
