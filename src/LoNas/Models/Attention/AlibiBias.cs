using LoNas.Runtime;
using static TorchSharp.torch;

namespace LoNas.Models.Attention;

/// <summary>
/// Attention with linear biases (Press et al., 2022): scores fall with distance, by a slope of each head's own.
/// </summary>
/// <param name="heads">Query heads.</param>
public sealed class AlibiBias(long heads)
{
    private readonly float[] _slopes = Slopes(heads);

    /// <summary>
    /// The bias with the causal mask in it. Transformers adds slope * position of the key; distances to the query
    /// differ from that by a constant in each row, which softmax ignores, and stay exact in half precision.
    /// </summary>
    /// <param name="places">Where the tokens stand.</param>
    /// <param name="states">The states that queries are made of, [B, T, H], or [1, N, H] packed.</param>
    /// <returns>[B or 1, H, T, S], minus infinity where a query must not look.</returns>
    public Tensor Bias(TokenPlaces places, Tensor states)
    {
        var (rows, length) = places.Shape(states);
        return places.Step is { } step
            ? Bias(step, states.dtype)
            : Bias(places.AttentionMask, rows, length, states.dtype, states.device);
    }

    /// <summary>
    /// The bias of sequences from their beginning, whose positions count real tokens only, as Transformers' do.
    /// </summary>
    private Tensor Bias(Tensor? attentionMask, long rows, long length, ScalarType dtype, Device device)
    {
        using var scope = NewDisposeScope();
        var keys = attentionMask is null
            ? HeldSums.Range(0, length, ScalarType.Float32, device).view(1, 1, 1, length)
            : attentionMask.to(ScalarType.Float32).cumsum(-1).view(rows, 1, 1, length); // [B, 1, 1, T]
        var queries = keys.transpose(2, 3); // [B, 1, T, 1]
        var slopes = DeviceTensors.Sent(tensor(_slopes), device).view(1, -1, 1, 1); // [1, H, 1, 1]
        var bias = keys.Minus(queries) * slopes; // [B, H, T, T]
        if (AttentionMasks.Causal(attentionMask, rows, length, device) is { } allowed)
        {
            bias = bias.masked_fill(allowed.logical_not(), AttentionMasks.Hidden);
        }
        else if (length > 1)
        {
            var later = ones(length, length, ScalarType.Bool, device).triu(1); // [T, T]
            bias = bias.masked_fill(later, AttentionMasks.Hidden);
        }

        return bias.to(dtype).MoveToOuterDisposeScope();
    }

    /// <summary>The bias of tokens behind those of a cache.</summary>
    private Tensor Bias(CacheStep step, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        var distances = step.KeyPositions.unsqueeze(1).Minus(step.QueryPositions.unsqueeze(2)); // [B, T, S]
        var slopes = DeviceTensors.Sent(tensor(_slopes), distances.device).view(1, -1, 1, 1); // [1, H, 1, 1]
        var bias = distances.to(ScalarType.Float32).unsqueeze(1) * slopes; // [B, H, T, S]
        var hidden = step.Visible().logical_not(); // [B, 1, T, S]
        return bias.masked_fill(hidden, AttentionMasks.Hidden).to(dtype).MoveToOuterDisposeScope();
    }

    /// <summary>Geometric slopes for a power of two heads; others take every second one of the next power's.</summary>
    internal static float[] Slopes(long heads)
    {
        long power = 1;
        while (power * 2 <= heads)
        {
            power *= 2;
        }

        var slopes = Enumerable.Range(1, (int)power).Select(i => Slope(power, i));
        var others = Enumerable.Range(0, (int)(heads - power)).Select(i => Slope(2 * power, (2 * i) + 1));
        return [.. slopes.Concat(others)];
    }

    private static float Slope(long power, int index) => (float)Math.Pow(2, -8.0 * index / power);
}
