using LoNas.Runtime;
using static TorchSharp.torch;

namespace LoNas.Models.Attention;

/// <summary>
/// Where the tokens of a padded batch stand, so that linear layers, norms and activations see the tokens alone, in one
/// row, and only attention sees rows with pads. Its tensor lives in the scope it is made in.
/// </summary>
public sealed class PackedRows
{
    private readonly Tensor _positions;

    /// <summary>Lays out a batch that is padded on the right.</summary>
    /// <param name="lengths">Tokens of each row, [B], each at most <paramref name="columns"/>.</param>
    /// <param name="columns">The padded length, T.</param>
    /// <param name="device">Where the batch is.</param>
    public PackedRows(IReadOnlyList<int> lengths, long columns, Device device)
    {
        (Lengths, Columns) = (lengths, columns);
        var positions = lengths.SelectMany(
            (length, row) => Enumerable.Range(0, length).Select(column => (row * columns) + column));
        _positions = DeviceTensors.Of(positions.ToArray(), device);
    }

    /// <summary>Tokens of each row, [B].</summary>
    public IReadOnlyList<int> Lengths { get; }

    /// <summary>Rows, B.</summary>
    public long Rows => Lengths.Count;

    /// <summary>The padded length, T.</summary>
    public long Columns { get; }

    /// <summary>Tokens to rows, with zeros for the pads; the states themselves where nothing is packed.</summary>
    /// <param name="states">[1, N, W].</param>
    /// <param name="packed">The layout; null for none.</param>
    /// <returns>[B, T, W].</returns>
    internal static Tensor Pad(Tensor states, PackedRows? packed) => packed is null
        ? states
        : packed.Scatter(states.flatten(0, 1)).view(packed.Rows, packed.Columns, -1);

    /// <summary>Rows to tokens; the states themselves where nothing is packed.</summary>
    /// <param name="states">[B, T, W].</param>
    /// <param name="packed">The layout; null for none.</param>
    /// <returns>[1, N, W].</returns>
    internal static Tensor Unpad(Tensor states, PackedRows? packed) => packed is null
        ? states
        : packed.Gather(states.flatten(0, 1)).unsqueeze(0);

    // On another device libtorch's own graph is used: managed functions would run on a thread where nothing frees
    // tensors.
    private bool IsOnCpu => _positions.device_type == TorchSharp.DeviceType.CPU;

    private Tensor Scatter(Tensor tokens) => IsOnCpu
        ? PaddingFunction.apply(tokens, _positions, Rows * Columns)
        : Scattered(tokens, _positions, Rows * Columns);

    private Tensor Gather(Tensor states) => IsOnCpu
        ? UnpaddingFunction.apply(states, _positions)
        : states.index_select(0, _positions);

    private static Tensor Scattered(Tensor tokens, Tensor positions, long places) =>
        zeros(places, tokens.shape[1], tokens.dtype, tokens.device).index_copy_(0, positions, tokens);

    /// <summary>
    /// The gradient of a copy is a copy the other way; libtorch's for a gather adds element by element.
    /// </summary>
    private sealed class PaddingFunction : autograd.SingleTensorFunction<PaddingFunction>
    {
        public override string Name => nameof(PaddingFunction);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            ctx.save_for_backward([(Tensor)vars[1]]);
            return Scattered((Tensor)vars[0], (Tensor)vars[1], (long)vars[2]);
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output) =>
            [grad_output.index_select(0, ctx.get_saved_variables()[0]), null!, null!];
    }

    private sealed class UnpaddingFunction : autograd.SingleTensorFunction<UnpaddingFunction>
    {
        public override string Name => nameof(UnpaddingFunction);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            var (states, positions) = ((Tensor)vars[0], (Tensor)vars[1]);
            ctx.save_for_backward([positions]);
            ctx.save_data("places", states.shape[0]);
            return states.index_select(0, positions);
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output) =>
            [Scattered(grad_output.contiguous(), ctx.get_saved_variables()[0], (long)ctx.get_data("places")), null!];
    }
}
