using static TorchSharp.torch;

namespace LoNas.Models;

/// <summary>
/// Rotary position embedding (Su et al., 2021) in the half-split layout of Transformers' LLaMA. The tables are computed
/// in float32 whatever the checkpoint stores, and grow when longer sequences come.
/// </summary>
internal sealed class RotaryEmbedding : IDisposable
{
    private readonly long _headSize;
    private readonly double _theta;
    private Tensor? _cosine;
    private Tensor? _sine;

    public RotaryEmbedding(long headSize, double theta)
    {
        _headSize = headSize;
        _theta = theta;
    }

    /// <summary>The tables of positions <paramref name="start"/> to start + count - 1, each [T, D].</summary>
    public (Tensor Cosine, Tensor Sine) Tables(long start, long count, ScalarType dtype, Device device)
    {
        if (_cosine is null || _cosine.shape[0] < start + count)
        {
            Grow(Math.Max(256, (start + count) * 2));
        }

        return (_cosine!.narrow(0, start, count).to(dtype, device), _sine!.narrow(0, start, count).to(dtype, device));
    }

    /// <summary>Rotates queries or keys.</summary>
    /// <param name="states">[B, H, T, D].</param>
    /// <param name="tables">The positions' tables, each [T, D].</param>
    /// <returns>[B, H, T, D].</returns>
    public static Tensor Apply(Tensor states, (Tensor Cosine, Tensor Sine) tables)
    {
        using var scope = NewDisposeScope();
        var halves = states.chunk(2, -1); // 2 x [B, H, T, D/2]
        var rotated = cat([halves[1].neg(), halves[0]], -1); // [B, H, T, D]
        return ((states * tables.Cosine) + (rotated * tables.Sine)).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _cosine?.Dispose();
        _sine?.Dispose();
    }

    private void Grow(long positions)
    {
        using var scope = NewDisposeScope();
        Dispose();
        var exponents = arange(0, _headSize, 2, ScalarType.Int64).to(ScalarType.Float32) / _headSize;
        var frequencies = 1.0 / pow(tensor(_theta, ScalarType.Float32), exponents); // [D/2]
        var angles = outer(arange(positions, ScalarType.Float32), frequencies); // [S, D/2]
        var both = cat([angles, angles], -1); // [S, D]
        _cosine = both.cos().DetachFromDisposeScope();
        _sine = both.sin().DetachFromDisposeScope();
    }
}
