using static TorchSharp.torch;

namespace LoNas.Models.Attention;

/// <summary>Boolean attention masks, true where a query may look.</summary>
internal static class AttentionMasks
{
    /// <summary>What hidden scores are. Held: a temporary scalar may be finalised while the native call reads it.</summary>
    public static readonly TorchSharp.Scalar Hidden = float.NegativeInfinity;

    /// <summary>The causal mask of T new positions after S - T cached ones, restricted to real tokens.</summary>
    /// <param name="attentionMask">[B, S] bool, true at real tokens; null when all are.</param>
    /// <param name="rows">B.</param>
    /// <param name="past">Cached positions.</param>
    /// <param name="length">New positions, T.</param>
    /// <param name="device">Where the mask is needed.</param>
    /// <param name="window">Latest positions, its own among them, that a query looks back to; null for all.</param>
    /// <returns>[B or 1, 1, T, S]; null when plain causal attention, or a single query over everything, is the same.</returns>
    public static Tensor? Causal(
        Tensor? attentionMask, long rows, long past, long length, Device device, long? window = null)
    {
        bool isWindowed = window < past + length;
        if (attentionMask is null && !isWindowed && (past == 0 || length == 1))
        {
            return null;
        }

        using var scope = NewDisposeScope();
        var queries = arange(past, past + length, ScalarType.Int64, device).unsqueeze(1); // [T, 1]
        var keys = arange(past + length, ScalarType.Int64, device).unsqueeze(0); // [1, S]
        var mask = keys.le(queries).view(1, 1, length, past + length); // [1, 1, T, S]
        if (isWindowed)
        {
            mask = mask.logical_and(keys.gt(queries - window!.Value));
        }

        if (attentionMask is not null)
        {
            // A pad looks at itself: a row that may look nowhere would turn into NaN and spread.
            mask = mask.logical_and(attentionMask.view(rows, 1, 1, past + length)).logical_or(keys.eq(queries));
        }

        return mask.MoveToOuterDisposeScope();
    }
}
