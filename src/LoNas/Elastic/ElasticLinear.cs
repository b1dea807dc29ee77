using LoNas.Kernels;
using LoNas.Models;
using LoNas.Models.Layers;
using LoNas.Weights;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoNas.Elastic;

/// <summary>
/// A frozen linear layer, with or without a low-rank adapter, of which a part is active: the first entries of its input,
/// its output and its rank. Cutting is a view on the shared weights, so that gradients reach the active part only.
/// </summary>
public sealed class ElasticLinear : Module<Tensor, Tensor>
{
    /// <summary>Deviation of a fresh layer's weights: BERT's initializer_range.</summary>
    private const double FreshDeviation = 0.02;

    private readonly ScalarType _type;
    private Parameter weight;
    private readonly Parameter? bias;
    private readonly Parameter? lora_A;
    private readonly Parameter? lora_B;
    private readonly double _scaling;

    // Held: a temporary one may be finalised while the native call reads it.
    private readonly TorchSharp.Scalar _scale;
    private readonly LoraDropout? _dropout;
    private LinearShape _active;

    /// <summary>
    /// Takes the base from <paramref name="weights"/>; a null <paramref name="lora"/> means no adapter. A layer that
    /// <paramref name="startsFresh"/> where the checkpoint lacks it, as a classifier's does, is drawn anew.
    /// </summary>
    internal ElasticLinear(
        WeightMap weights, LinearSize size, LoraOptions? lora, Generator random, bool startsFresh = false)
        : base(nameof(ElasticLinear))
    {
        var (path, inFeatures, outFeatures, hasBias) = size;
        weight = startsFresh
            ? weights.TakeOr(
                () => empty(outFeatures, inFeatures).normal_(0, FreshDeviation, random), $"{path}.weight", outFeatures, inFeatures)
            : weights.TakeMapped($"{path}.weight", outFeatures, inFeatures);
        _type = weights.TypeInUse(weight);
        bias = !hasBias ? null
            : startsFresh ? weights.TakeOr(() => zeros(outFeatures), $"{path}.bias", outFeatures)
            : weights.Take($"{path}.bias", outFeatures);
        int rank = lora?.RankOf(path) ?? 0;
        if (lora is not null)
        {
            // Drawn on the CPU, so that a seed gives the same weights on any device.
            lora_A = new Parameter(KaimingUniform(rank, inFeatures, random).to(weights.Device, disposeAfter: true));
            lora_B = new Parameter(zeros(outFeatures, rank, device: weights.Device));
            _scaling = lora.ScalingOf(path);
            _dropout = lora.Dropout > 0 ? new LoraDropout(lora.Dropout, random) : null;
        }

        _scale = _scaling;
        Full = _active = new LinearShape(inFeatures, outFeatures, rank, hasBias);
        RegisterComponents();
    }

    /// <summary>The uncut sizes; rank 0 means no adapter.</summary>
    public LinearShape Full { get; }

    /// <summary>The part in force.</summary>
    public LinearShape Active => _active;

    /// <summary>The base weight, [out, in]; the first use converts it where the checkpoint has another type.</summary>
    public Parameter Weight
    {
        get
        {
            if (weight.dtype != _type)
            {
                Convert();
            }

            return weight;
        }
    }

    /// <summary>The type that <see cref="Weight"/> has or will have.</summary>
    public ScalarType BaseType => _type;

    /// <summary>The base bias, [out]; null without one.</summary>
    public Parameter? Bias => bias;

    /// <summary>The adapter's first half, [r, in]; null without an adapter.</summary>
    public Parameter? LoraA => lora_A;

    /// <summary>The adapter's second half, [out, r]; null without an adapter.</summary>
    public Parameter? LoraB => lora_B;

    /// <summary>What the adapter's product is multiplied by; 0 without an adapter.</summary>
    public double Scaling => _scaling;

    /// <summary>Sets the active part. Only <see cref="SuperAdapter"/> does, so that all layers agree.</summary>
    internal void Activate(LinearShape active) => _active = active;

    /// <summary>Computes the active part.</summary>
    /// <param name="input">[..., active in].</param>
    /// <returns>[..., active out], in the input's type.</returns>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        // Wide states over a narrow base come from training alone, which says so by them (BlockwiseGradient).
        bool isWide = is_grad_enabled() && !weight.requires_grad && input.dtype == ScalarType.Float32 && _type == ScalarType.BFloat16;
        if (lora_A is not null && !KernelRows.Supports(input))
        {
            return InBaseType(input).MoveToOuterDisposeScope();
        }

        if (lora_A is not null && is_grad_enabled() && !weight.requires_grad && (isWide || input.dtype == _type)
            && input.is_contiguous())
        {
            return Together(input).MoveToOuterDisposeScope();
        }

        var output = Projection.Of(
            isWide ? input : input.to(_type), Cut(Weight, _active.Out, _active.In), bias is null ? null : CutBias());
        if (lora_A is null)
        {
            return output.to(input.dtype).MoveToOuterDisposeScope();
        }

        // PEFT's rule: the branch runs in the adapter's float32 and the sum is cast back.
        var branch = input.to(lora_A.dtype);
        if (_dropout is not null && training)
        {
            branch = _dropout.Apply(branch);
        }

        branch = Projection.Of(branch, Cut(lora_A, _active.Rank, _active.In)); // [..., r]
        branch = Projection.Of(branch, Cut(lora_B!, _active.Out, _active.Rank)); // [..., out]
        return (output + (branch * _scale)).to(input.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>Base and branch as one node of the gradient's graph.</summary>
    private Tensor Together(Tensor input)
    {
        var shape = input.shape;
        var output = LoraFunction.apply(
            input.view(-1, shape[^1]),
            Cut(Weight, _active.Out, _active.In),
            bias is null ? null! : CutBias(),
            Cut(lora_A!, _active.Rank, _active.In),
            Cut(lora_B!, _active.Out, _active.Rank),
            (float)_scaling,
            training ? _dropout?.Draw()! : null!);
        shape[^1] = _active.Out;
        return output.view(shape);
    }

    /// <summary>
    /// Base and branch in the base's type, as under PyTorch's autocast: float32 products of a GPU are many times slower. The
    /// gradient's graph is libtorch's own, since that of a GPU is gone through on a thread where nothing frees managed tensors.
    /// </summary>
    private Tensor InBaseType(Tensor input)
    {
        var shape = input.shape;
        var rows = input.to(_type).reshape(-1, shape[^1]); // [N, in]
        var output = functional.linear(rows, Cut(Weight, _active.Out, _active.In), bias is null ? null : CutBias()); // [N, out]
        var kept = _dropout is not null && training ? _dropout.Apply(rows) : rows;
        var reduced = functional.linear(kept, Cut(lora_A!, _active.Rank, _active.In).to(_type)); // [N, r]
        output = output.addmm_(reduced, Cut(lora_B!, _active.Out, _active.Rank).to(_type).t(), 1, (float)_scaling);
        shape[^1] = _active.Out;
        return output.view(shape).to(input.dtype);
    }

    private void Convert()
    {
        using var stored = weight;
        using var frozen = no_grad();
        weight = new Parameter(stored.to(_type), requires_grad: false);
        weight.DetachFromDisposeScope();
        ConditionallyRegisterParameter(nameof(weight), weight);
    }

    private static Tensor Cut(Tensor matrix, long rows, long columns)
    {
        var cut = matrix.shape[0] == rows ? matrix : matrix.narrow(0, 0, rows);
        return cut.shape[1] == columns ? cut : cut.narrow(1, 0, columns);
    }

    /// <summary>Kaiming-uniform with a = sqrt(5): the bound is 1 / sqrt(in).</summary>
    private static Tensor KaimingUniform(long rank, long inFeatures, Generator random)
    {
        double bound = 1 / Math.Sqrt(inFeatures);
        return empty(rank, inFeatures).uniform_(-bound, bound, random);
    }

    private Tensor CutBias() => _active.Out == Full.Out ? bias! : bias!.narrow(0, 0, _active.Out);
}
