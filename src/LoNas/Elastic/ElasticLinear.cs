using LoNas.Models;
using LoNas.Models.Layers;
using LoNas.Weights;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoNas.Elastic;

/// <summary>
/// A frozen linear layer, with or without a low-rank adapter, of which a part is active: the first entries of its
/// input, its output and its rank. Cutting is a view on the shared weights, so that gradients reach the active part
/// only. Where the output has several parts, each is a product of its own, cut or not: of each the first entries are
/// active, which are no single view, and a physically smaller layer then computes the same to the last bit.
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
    private readonly TorchSharp.Scalar _heldScaling;
    private readonly SeededDropout? _dropout;
    private readonly bool _keepsWide;
    private readonly CancellationToken _cancel;
    private LinearShape _active;

    /// <summary>Takes the base from <paramref name="weights"/>, and draws the adapter.</summary>
    /// <param name="weights">Where the base's weights come from.</param>
    /// <param name="size">The layer's size.</param>
    /// <param name="lora">What adapter it gets; null for none.</param>
    /// <param name="random">Source of fresh weights and of dropout.</param>
    /// <param name="startsFresh">
    /// Whether it is drawn anew where the checkpoint lacks it, as a classifier's head is.
    /// </param>
    /// <param name="cancel">Stops a pass before the layer.</param>
    internal ElasticLinear(
        WeightMap weights,
        LinearSize size,
        LoraOptions? lora,
        Generator random,
        bool startsFresh = false,
        CancellationToken cancel = default)
        : base(nameof(ElasticLinear))
    {
        var (path, inFeatures, outFeatures, hasBias, parts) = size;
        weight = startsFresh
            ? weights.TakeOr(
                () => empty(outFeatures, inFeatures).normal_(0, FreshDeviation, random),
                $"{path}.weight", outFeatures, inFeatures)
            : weights.TakeMapped($"{path}.weight", outFeatures, inFeatures);
        _keepsWide = weights.WidensLinears;
        _type = _keepsWide ? weight.dtype : weights.TypeInUse(weight);
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
            _dropout = lora.Dropout > 0 ? new SeededDropout(lora.Dropout, random) : null;
        }

        (_heldScaling, _cancel) = (_scaling, cancel);
        Full = _active = new LinearShape(inFeatures, outFeatures, rank, hasBias, parts);
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
    /// <exception cref="OperationCanceledException">The pass is to stop.</exception>
    public override Tensor forward(Tensor input)
    {
        _cancel.ThrowIfCancellationRequested();
        using var scope = NewDisposeScope();
        if (_active.Parts == 1)
        {
            return Part(input, 0).MoveToOuterDisposeScope();
        }

        // Input and lora_A are one for all parts, and so is what is dropped of them.
        Func<Tensor>[] parts =
            [.. Enumerable.Range(0, _active.Parts).Select(part => (Func<Tensor>)(() => Part(input, part)))];
        var outputs = training && _dropout is not null
            ? _dropout.DrawingTheSame(parts)
            : [.. parts.Select(part => part())];
        return cat([.. outputs], -1).MoveToOuterDisposeScope();
    }

    /// <summary>The active features of one part of the output.</summary>
    private Tensor Part(Tensor input, int part)
    {
        var (first, rows) = (part * Full.Width, _active.Width);
        LowRankBranch? branch = lora_A is null ? null : new LowRankBranch(
            Cut(lora_A, 0, _active.Rank, _active.In),
            Cut(lora_B!, first, rows, _active.Rank),
            _scaling,
            _heldScaling,
            training ? _dropout : null);
        var cutBias = bias is null || rows == Full.Out ? bias : bias.narrow(0, first, rows);
        return LinearProduct.Of(input, Cut(Weight, first, rows, _active.In), cutBias, branch, _keepsWide);
    }

    private void Convert()
    {
        using var stored = weight;
        using var frozen = no_grad();
        weight = new Parameter(stored.to(_type), requires_grad: false);
        weight.DetachFromDisposeScope();
        ConditionallyRegisterParameter(nameof(weight), weight);
    }

    private static Tensor Cut(Tensor matrix, long first, long rows, long columns)
    {
        var cut = matrix.shape[0] == rows ? matrix : matrix.narrow(0, first, rows);
        return cut.shape[1] == columns ? cut : cut.narrow(1, 0, columns);
    }

    /// <summary>Kaiming-uniform with a = sqrt(5): the bound is 1 / sqrt(in).</summary>
    private static Tensor KaimingUniform(long rank, long inFeatures, Generator random)
    {
        double bound = 1 / Math.Sqrt(inFeatures);
        return empty(rank, inFeatures).uniform_(-bound, bound, random);
    }
}
