using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoNas.Models.Layers;

/// <summary>A gated MLP (Shazeer, 2020): down(gate(x) * up(x)), the product with an activation in it.</summary>
internal sealed class GatedMlp : Module<Tensor, Tensor>
{
    private readonly Module<Tensor, Tensor> gate_proj;
    private readonly Module<Tensor, Tensor> up_proj;
    private readonly Module<Tensor, Tensor> down_proj;
    private readonly Func<Tensor, Tensor, Tensor> _activate;

    /// <summary>Builds the linears.</summary>
    /// <param name="linear">Makes linear layers.</param>
    /// <param name="path">The module's name in the checkpoint.</param>
    /// <param name="activate">Gate and up, each [..., W], to [..., W], such as <see cref="SwiGlu.Of"/>.</param>
    public GatedMlp(LinearFactory linear, string path, Func<Tensor, Tensor, Tensor> activate)
        : base(nameof(GatedMlp))
    {
        gate_proj = linear($"{path}.gate_proj");
        up_proj = linear($"{path}.up_proj");
        down_proj = linear($"{path}.down_proj");
        _activate = activate;
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var gated = _activate(gate_proj.forward(input), up_proj.forward(input)); // [B, T, W]
        return down_proj.forward(gated).MoveToOuterDisposeScope();
    }
}
