using LoNas.Kernels;
using LoNas.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace LoNas.Models.Attention;

/// <summary>
/// Rotary position embedding (Su et al., 2021) in the half-split layout of Transformers' LLaMA. The tables are computed
/// in float32 whatever the checkpoint stores, and grow when longer sequences come.
/// </summary>
/// <param name="headSize">
/// R, even: features of a head that are rotated, the first; all of the D, or fewer, and the others stay as they are.
/// </param>
/// <param name="theta">Base of the frequencies, such as 10000.</param>
/// <param name="scaling">How positions are stretched; null leaves them as they are.</param>
/// <param name="isWide">
/// Whether states are rotated in float32 and rounded once, as OLMo 2 does it, and not in their own type.
/// </param>
public sealed class RotaryEmbedding(
    long headSize, double theta, RopeScaling? scaling = null, bool isWide = false) : IDisposable
{
    // Held: a temporary one may be finalised while the native call reads it.
    private static readonly Scalar One = 1;

    private Tensor? _cosine;
    private Tensor? _sine;

    /// <summary>The tables of a pass.</summary>
    /// <param name="places">Where the tokens stand.</param>
    /// <param name="states">The states that queries are made of, [B, T, H], or [1, N, H] packed.</param>
    /// <returns>
    /// Each [T, R] (of joined sequences [N, R]), or [B or 1, 1, T, R] behind cached tokens; in the states' type, or in
    /// float32.
    /// </returns>
    public (Tensor Cosine, Tensor Sine) Tables(TokenPlaces places, Tensor states)
    {
        var type = isWide ? ScalarType.Float32 : states.dtype;
        if (places.Step is { } step)
        {
            return Tables(step, type, states.device);
        }

        var (cosine, sine) = Tables(places.Shape(states).Columns, type, states.device);
        return places.Positions is { } positions
            ? (cosine.index_select(0, positions), sine.index_select(0, positions))
            : (cosine, sine);
    }

    /// <summary>The tables of the first positions, each [T, R].</summary>
    internal (Tensor Cosine, Tensor Sine) Tables(long count, ScalarType dtype, Device device)
    {
        if (scaling?.DependsOnLength(count) == true)
        {
            using var scope = NewDisposeScope();
            return Moved(OfAngles(Angles(count, count)), dtype, device);
        }

        Require(count, device);
        return (_cosine!.narrow(0, 0, count).to(dtype, device), _sine!.narrow(0, 0, count).to(dtype, device));
    }

    /// <summary>
    /// The tables of a step whose rows have lengths of their own, each [B or 1, 1, T, R]. As in Transformers, keys that
    /// were cached at shorter lengths keep the rotation they were given; see also <see cref="RenewalLength"/>.
    /// </summary>
    private (Tensor Cosine, Tensor Sine) Tables(CacheStep step, ScalarType dtype, Device device)
    {
        using var scope = NewDisposeScope();
        var positions = step.QueryPositions; // [B, T]
        if (step.Lengths.Any(length => scaling?.DependsOnLength(length) == true))
        {
            var places = positions.cpu();
            var angles = stack(step.Lengths.Select((length, row) => Angles(
                places[places.shape[0] == 1 ? 0 : row],
                scaling!.DependsOnLength(length) ? length : 0))).unsqueeze(1); // [B, 1, T, R]
            return Moved(OfAngles(angles), dtype, device);
        }

        Require(step.End, device);
        return Moved((Gathered(_cosine!, positions), Gathered(_sine!, positions)), dtype, device);
    }

    /// <summary>Whether no sequence of up to so many positions has tables of its own.</summary>
    public bool IsPrefixStable(long positions) => scaling?.DependsOnLength(positions) != true;

    /// <summary>The length at which all positions of a sequence are rotated anew; null where they never are.</summary>
    public long? RenewalLength => scaling?.RenewalLength;

    /// <summary>Rotates queries or keys.</summary>
    /// <param name="states">[B, H, T, D].</param>
    /// <param name="tables">The positions' tables, each [T, R] or [B or 1, 1, T, R].</param>
    /// <returns>[B, H, T, D].</returns>
    internal static Tensor Apply(Tensor states, (Tensor Cosine, Tensor Sine) tables)
    {
        using var scope = NewDisposeScope();
        if (tables.Cosine.dtype != states.dtype)
        {
            return Apply(states.to(tables.Cosine.dtype), tables).to(states.dtype).MoveToOuterDisposeScope();
        }

        var (all, part) = (states.shape[^1], tables.Cosine.shape[^1]);
        if (part < all)
        {
            var turned = Apply(states.narrow(-1, 0, part), tables); // [B, H, T, R]
            return cat([turned, states.narrow(-1, part, all - part)], -1).MoveToOuterDisposeScope();
        }

        var halves = states.chunk(2, -1); // 2 x [B, H, T, D/2]
        var rotated = cat([halves[1].neg(), halves[0]], -1); // [B, H, T, D]
        if (states.device_type != DeviceType.CPU)
        {
            return (states * tables.Cosine).addcmul(rotated, tables.Sine, One).MoveToOuterDisposeScope();
        }

        return (states * tables.Cosine).Plus(rotated * tables.Sine).MoveToOuterDisposeScope();
    }

    /// <summary>Rotates queries or keys as a linear layer gives them.</summary>
    /// <param name="states">[B, T, heads * D].</param>
    /// <param name="headSize">D.</param>
    /// <param name="tables">The positions' tables, each [T, R] or [B or 1, 1, T, R].</param>
    /// <returns>[B, heads, T, D].</returns>
    public static Tensor ApplyByToken(Tensor states, long headSize, (Tensor Cosine, Tensor Sine) tables)
    {
        if (is_grad_enabled() && tables.Cosine.dim() == 2 && tables.Cosine.dtype == states.dtype
            && KernelRows.Supports(states) && states.is_contiguous())
        {
            return RotaryFunction.apply(states, headSize, tables.Cosine, tables.Sine);
        }

        using var byHead = states.view(states.shape[0], states.shape[1], -1, headSize).transpose(1, 2);
        return Apply(byHead, tables);
    }

    /// <summary>The frequencies for a sequence of so many positions, [R/2] float32.</summary>
    internal Tensor Frequencies(long positions)
    {
        using var scope = NewDisposeScope();
        using Scalar first = 0L, size = headSize, two = 2L, one = 1.0;
        var exponents = arange(first, size, two, ScalarType.Int64).to(ScalarType.Float32) / size;
        double stretched = scaling?.ThetaFor(theta, headSize, positions) ?? theta;
        var frequencies = one / pow(tensor(stretched, ScalarType.Float32), exponents); // [R/2]
        if (scaling is not null)
        {
            var scaled = scaling.Scale(frequencies.data<float>().ToArray(), theta, positions);
            frequencies = tensor(scaled); // [R/2]
        }

        return frequencies.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _cosine?.Dispose();
        _sine?.Dispose();
    }

    /// <summary>
    /// Makes the tables, on the device since every step needs them there, where they are missing or too short.
    /// </summary>
    private void Require(long positions, Device device)
    {
        if (_cosine is not null && _cosine.shape[0] >= positions)
        {
            return;
        }

        using var scope = NewDisposeScope();
        Dispose();
        var (cosine, sine) = OfAngles(Angles(Math.Max(256, positions * 2), 0)); // [S, R]
        _cosine = cosine.to(device).DetachFromDisposeScope();
        _sine = sine.to(device).DetachFromDisposeScope();
    }

    /// <summary>Cosine and sine, which some scalings make longer, and with them the scores.</summary>
    private (Tensor Cosine, Tensor Sine) OfAngles(Tensor angles)
    {
        var (cosine, sine) = (angles.cos(), angles.sin());
        if (scaling is null or { AttentionFactor: 1 })
        {
            return (cosine, sine);
        }

        using Scalar factor = scaling.AttentionFactor;
        return (cosine * factor, sine * factor);
    }

    private static (Tensor Cosine, Tensor Sine) Moved(
        (Tensor Cosine, Tensor Sine) tables, ScalarType dtype, Device device) =>
        (tables.Cosine.to(dtype, device).MoveToOuterDisposeScope(),
            tables.Sine.to(dtype, device).MoveToOuterDisposeScope());

    private static Tensor Gathered(Tensor table, Tensor positions) =>
        table.index_select(0, positions.flatten()).view(positions.shape[0], 1, positions.shape[1], -1); // [B, 1, T, R]

    private Tensor Angles(long count, long length)
    {
        using var positions = HeldSums.Range(0, count);
        return Angles(positions, length);
    }

    /// <param name="positions">[T] int64.</param>
    /// <param name="length">The sequence's length where scaling depends on it.</param>
    /// <returns>[T, R] float32, each half the same.</returns>
    private Tensor Angles(Tensor positions, long length)
    {
        using var scope = NewDisposeScope();
        var angles = outer(positions.to(ScalarType.Float32), Frequencies(length)); // [T, R/2]
        return cat([angles, angles], -1).MoveToOuterDisposeScope(); // [T, R]
    }

    /// <summary>Rotation as one node of the gradient's graph, which keeps the tables only.</summary>
    internal sealed class RotaryFunction : autograd.SingleTensorFunction<RotaryFunction>
    {
        public override string Name => nameof(RotaryFunction);

        /// <param name="ctx">Keeps what the backward pass needs.</param>
        /// <param name="vars">States [B, T, heads * D], D (long), cosine [T, R] and sine [T, R].</param>
        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            var (cosine, sine) = ((Tensor)vars[2], (Tensor)vars[3]);
            ctx.save_for_backward([cosine, sine]);
            return RotaryKernel.Forward((Tensor)vars[0], (long)vars[1], cosine, sine);
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            var saved = ctx.get_saved_variables();
            return [RotaryKernel.Backward(grad_output.contiguous(), saved[0], saved[1]), null!, null!, null!];
        }
    }
}
