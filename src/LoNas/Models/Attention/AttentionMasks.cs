using LoNas.Runtime;
using static TorchSharp.torch;

namespace LoNas.Models.Attention;

/// <summary>Attention masks: boolean ones are true where a query may look, others are added to its scores.</summary>
internal static class AttentionMasks
{
    /// <summary>
    /// What hidden scores are. Held: a temporary scalar may be finalised while the native call reads it.
    /// </summary>
    public static readonly TorchSharp.Scalar Hidden = float.NegativeInfinity;

    /// <summary>
    /// What is added to hidden scores: float16's least number. Their weight is 0 in every type, and a row that may look
    /// nowhere does not turn into NaN.
    /// </summary>
    private static readonly TorchSharp.Scalar Lowest = -65504f;

    /// <summary>A mask that is added to the scores of every query, so that they see the real tokens alone.</summary>
    /// <param name="attentionMask">[B, T] bool, true at real tokens.</param>
    /// <param name="dtype">The scores' type.</param>
    /// <returns>[B, 1, 1, T].</returns>
    public static Tensor Added(Tensor attentionMask, ScalarType dtype)
    {
        using var hidden = attentionMask.logical_not().view(attentionMask.shape[0], 1, 1, attentionMask.shape[1]);
        return zeros(hidden.shape, dtype, hidden.device).masked_fill_(hidden, Lowest);
    }

    /// <summary>The causal mask of sequences from their beginning, restricted to real tokens.</summary>
    /// <param name="attentionMask">[B, T] bool, true at real tokens; null when all are.</param>
    /// <param name="rows">B.</param>
    /// <param name="length">T.</param>
    /// <param name="device">Where the mask is needed.</param>
    /// <param name="window">Latest positions, its own among them, that a query looks back to; null for all.</param>
    /// <returns>[B or 1, 1, T, T]; null where plain causal attention is the same.</returns>
    public static Tensor? Causal(Tensor? attentionMask, long rows, long length, Device device, long? window = null)
    {
        bool isWindowed = window < length;
        if (attentionMask is null && !isWindowed)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        var keys = HeldSums.Range(0, length, device: device).unsqueeze(0); // [1, T]
        var queries = keys.transpose(0, 1); // [T, 1]
        var mask = keys.le(queries).view(1, 1, length, length); // [1, 1, T, T]
        if (isWindowed)
        {
            using TorchSharp.Scalar back = -window!.Value;
            mask = mask.logical_and(keys.gt(queries.Plus(back)));
        }

        if (attentionMask is not null)
        {
            // A pad looks at itself: a row that may look nowhere would turn into NaN and spread.
            mask = mask.logical_and(attentionMask.view(rows, 1, 1, length)).logical_or(keys.eq(queries));
        }

        return mask.MoveToOuterDisposeScope();
    }
}
