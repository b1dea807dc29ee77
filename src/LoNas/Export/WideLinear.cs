using LoNas.Elastic;
using LoNas.Export.Extraction;
using LoNas.Models;
using LoNas.Weights;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoNas.Export;

/// <summary>
/// A masked linear layer that computes in float32 over a base of any type and is wide only while it works, so that a large
/// half-precision model can be checked without a second, wider copy of it.
/// </summary>
internal sealed class WideLinear : Module<Tensor, Tensor>
{
    private readonly ElasticLinear _layer;
    private readonly CancellationToken _cancel;

    // Held: a temporary one may be finalised while the native call reads it.
    private readonly TorchSharp.Scalar _scale;

    private WideLinear(ElasticLinear layer, CancellationToken cancel)
        : base(nameof(WideLinear)) => (_layer, _scale, _cancel) = (layer, layer.Scaling, cancel);

    /// <summary>A factory for models whose other weights come from <paramref name="wide"/>, in float32.</summary>
    public static LinearFactory Factory(
        SuperAdapter adapter, WeightMap wide, WeightMap stored, LinearLayout layout, CancellationToken cancel)
    {
        // Both maps must know what the adapter trains in full.
        _ = adapter.Linears(wide, layout);
        var linears = adapter.Linears(stored, layout);
        return path => new WideLinear((ElasticLinear)linears(path), cancel);
    }

    /// <param name="input">[..., active in] float32.</param>
    /// <returns>[..., active out] float32.</returns>
    public override Tensor forward(Tensor input)
    {
        _cancel.ThrowIfCancellationRequested();
        using var scope = NewDisposeScope();
        var shape = _layer.Active;
        var weight = LinearCut.Part(_layer.Weight, shape.Out, shape.In).to(ScalarType.Float32);
        var bias = _layer.Bias?.narrow(0, 0, shape.Out).to(ScalarType.Float32);
        var output = functional.linear(input, weight, bias);
        if (_layer.LoraA is { } a)
        {
            var branch = functional.linear(input, LinearCut.Part(a, shape.Rank, shape.In)); // [..., r]
            branch = functional.linear(branch, LinearCut.Part(_layer.LoraB!, shape.Out, shape.Rank)); // [..., out]
            output += branch * _scale;
        }

        return output.MoveToOuterDisposeScope();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _layer.Dispose();
            _scale.Dispose();
        }

        base.Dispose(disposing);
    }
}
