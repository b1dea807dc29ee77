using LoNas.Kernels;
using LoNas.Models.Attention;
using LoNas.Models.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoNas.Tests.Kernels;

/// <summary>
/// Compares kernels and their gradients with libtorch's operations in float64, at sizes that are not a multiple of the
/// vector length.
/// </summary>
public sealed class KernelTests
{
    /// <summary>Rounding of the result to the type, relative to the largest element.</summary>
    public static TheoryData<ScalarType, double> Types =>
        new() { { ScalarType.Float32, 2e-6 }, { ScalarType.BFloat16, 1e-2 } };

    [Theory]
    [MemberData(nameof(Types))]
    public void RmsNorm_RandomRows_OutputAndGradientEqualLibtorch(ScalarType dtype, double tolerance)
    {
        using var scope = NewDisposeScope();
        var (input, weight) = (Random(dtype, 3, 5, 77), Random(dtype, 77));
        var wide = Wide(input);
        var expected = Wide(weight, tracked: false) * wide * rsqrt(wide.pow(2).mean([-1], keepdim: true) + 1e-6);

        Compare(expected, [wide], RmsNorm.RmsNormFunction.apply(input, weight, 1e-6f), [input], tolerance);
    }

    [Fact]
    public void RmsNorm_WideWeightOverNarrowRows_IsRoundedOnceAndHasTheGradient()
    {
        using var scope = NewDisposeScope();
        var (input, weight) = (Random(ScalarType.BFloat16, 3, 5, 77), Random(ScalarType.Float32, 77));
        var wide = Wide(input);
        var expected = Wide(weight, tracked: false) * wide * rsqrt(wide.pow(2).mean([-1], keepdim: true) + 1e-6);

        var output = RmsNorm.RmsNormFunction.apply(input, weight, 1e-6f);

        // Half a unit in the last place of each element: rounded twice, some are a whole one away.
        var difference = (output.to(ScalarType.Float64) - expected).abs();
        Assert.True(difference.le(expected.abs() * 1.01 / 256).all().item<bool>());
        Compare(expected, [wide], output, [input], 1e-2);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void SwiGlu_RandomValues_OutputAndGradientsEqualLibtorch(ScalarType dtype, double tolerance)
    {
        using var scope = NewDisposeScope();
        var (gate, up) = (Random(dtype, 4, 91), Random(dtype, 4, 91));
        var (wideGate, wideUp) = (Wide(gate), Wide(up));

        Compare(
            functional.silu(wideGate) * wideUp, [wideGate, wideUp],
            SwiGlu.Of(gate.requires_grad_(), up.requires_grad_()), [gate, up],
            tolerance);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void GeGlu_RandomValues_OutputAndGradientsEqualTheFormula(ScalarType dtype, double tolerance)
    {
        using var scope = NewDisposeScope();
        var (gate, up) = (Random(dtype, 4, 91), Random(dtype, 4, 91));
        var (wideGate, wideUp) = (Wide(gate), Wide(up));
        var inner = (wideGate + (wideGate.pow(3) * 0.044715)) * Math.Sqrt(2 / Math.PI);

        Compare(
            wideGate * (inner.tanh() + 1) * 0.5 * wideUp, [wideGate, wideUp],
            GeGlu.Of(gate.requires_grad_(), up.requires_grad_()), [gate, up],
            tolerance);
    }

    [Fact]
    public void GeGlu_TypesWithoutAKernel_EqualThatWithOne()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var (gate, up) = (Random(ScalarType.Float32, 4, 91).detach() * 4, Random(ScalarType.Float32, 4, 91));

        var narrow = GeGlu.Of(gate.to(ScalarType.Float16), up.to(ScalarType.Float16));

        AssertClose(GeGlu.Of(gate, up).to(ScalarType.Float64), narrow, 2e-3);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void SoftCap_SmallAndLargeNumbers_OutputAndGradientEqualTheFormula(ScalarType dtype, double tolerance)
    {
        using var scope = NewDisposeScope();
        var logits = (Random(dtype, 5, 301).detach() * Random(dtype, 5, 1).detach() * 30).detach().requires_grad_();
        var wide = Wide(logits);

        Compare((wide / 8).tanh() * 8, [wide], SoftCap.Of(logits, 8), [logits], tolerance);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void CappedAttention_BlocksMasksAndSharedHeads_OutputAndGradientsEqualTheFormula(
        ScalarType dtype, double tolerance)
    {
        using var scope = NewDisposeScope();
        var scores = new AttentionScores(0.3, Cap: 2);
        foreach (var (length, isMasked) in new[] { (1L, false), (37, false), (150, false), (150, true), (300, true) })
        {
            Tensor[] inputs =
                [Random(dtype, 2, 6, length, 16), Random(dtype, 2, 3, length, 16), Random(dtype, 2, 3, length, 16)];
            Tensor[] wide = [.. inputs.Select(tensor => Wide(tensor))];
            var causal = ones(2, 1, length, length, ScalarType.Bool).tril();
            var mask = isMasked ? causal.logical_and(ones_like(causal).triu(-20)) : null;
            var products = wide[0].matmul(wide[1].repeat_interleave(2, 1).transpose(2, 3)) * 0.3;
            var weights = ((products / 2).tanh() * 2)
                .masked_fill((mask ?? causal).logical_not(), double.NegativeInfinity).softmax(-1);
            var expected = weights.matmul(wide[2].repeat_interleave(2, 1));

            // Products and weights are stored in the type, so their rounding affects the sums.
            Compare(
                expected, wide, CappedAttentionFunction.apply(inputs[0], inputs[1], inputs[2], mask!, scores), inputs,
                3 * tolerance);
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Rotary_RandomHeads_OutputAndGradientEqualTheOperations(ScalarType dtype, double tolerance) =>
        AssertRotary(dtype, tolerance, rotated: 88);

    /// <summary>A quarter of each head, with a rest in both of its halves; the others stay as they are.</summary>
    [Theory]
    [MemberData(nameof(Types))]
    public void Rotary_PartOfAHead_OutputAndGradientEqualTheOperations(ScalarType dtype, double tolerance) =>
        AssertRotary(dtype, tolerance, rotated: 22);

    private static void AssertRotary(ScalarType dtype, double tolerance, long rotated)
    {
        using var scope = NewDisposeScope();
        const long Size = 88; // two vectors and a rest in each half
        using var rotary = new RotaryEmbedding(rotated, theta: 10000);
        var states = Random(dtype, 2, 7, 3 * Size);
        var tables = rotary.Tables(7, dtype, CPU);
        var wide = Wide(states);
        var expected = RotaryEmbedding.Apply(
            wide.view(2, 7, 3, Size).transpose(1, 2),
            (tables.Cosine.to(ScalarType.Float64), tables.Sine.to(ScalarType.Float64)));

        Compare(
            expected, [wide], RotaryEmbedding.RotaryFunction.apply(states, Size, tables.Cosine, tables.Sine),
            [states], tolerance);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void CausalAttention_LengthsAcrossBlocks_OutputAndGradientsEqualLibtorch(ScalarType dtype, double tolerance)
    {
        using var scope = NewDisposeScope();
        foreach (long length in new[] { 1L, 37, 128, 150, 300 })
        {
            Tensor[] inputs =
                [Random(dtype, 6, length, 16), Random(dtype, 6, length, 16), Random(dtype, 6, length, 16)];
            Tensor[] wide = [.. inputs.Select(tensor => Wide(tensor))];
            var scores = wide[0].bmm(wide[1].transpose(1, 2)) / 4; // [N, T, T]
            var hidden = ones(length, length, ScalarType.Bool).triu(1);
            var expected = scores.masked_fill(hidden, double.NegativeInfinity).softmax(-1).bmm(wide[2]);

            // Weights are stored in the type, so their rounding affects the sums.
            Compare(
                expected, wide, CausalAttentionFunction.apply(inputs[0], inputs[1], inputs[2]), inputs, 2 * tolerance);
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void CrossEntropy_RandomLogits_SumAndGradientEqualLibtorch(ScalarType dtype, double tolerance)
    {
        using var scope = NewDisposeScope();
        var logits = (Random(dtype, 5, 1003).detach() * 3).detach();
        long[] targets = [0, 1002, 17, 500, 999];
        var wide = Wide(logits);
        var expected = functional.cross_entropy(wide, tensor(targets), reduction: Reduction.Sum);
        (expected * 0.3).backward();

        double sum = CrossEntropyKernel.Sum(logits, targets, 0.3f);

        Assert.Equal(expected.item<double>(), sum, expected.item<double>() * 1e-5);
        AssertClose(wide.grad!, logits, tolerance);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Lora_CutWeights_OutputAndGradientsEqualLibtorch(ScalarType dtype, double tolerance)
    {
        using var scope = NewDisposeScope();
        var input = Random(dtype, 9, 40);
        var (weight, bias) = (Random(dtype, 70, 48).detach(), Random(dtype, 70).detach());
        var (lower, upper) = (Random(ScalarType.Float32, 8, 48), Random(ScalarType.Float32, 70, 8));
        Tensor[] trained = [input, lower, upper];
        Tensor[] wide = [.. trained.Select(tensor => Wide(tensor))];
        var expected = functional.linear(
            wide[0], Cut(Wide(weight, tracked: false), 63, 40), Wide(bias, tracked: false).narrow(0, 0, 63))
            + (functional.linear(functional.linear(wide[0], Cut(wide[1], 6, 40)), Cut(wide[2], 63, 6)) * 0.5);

        var actual = LinearProduct.LowRankFunction.apply(
            input, Cut(weight, 63, 40), bias.narrow(0, 0, 63), Cut(lower, 6, 40), Cut(upper, 63, 6), 0.5f, null!);

        Compare(expected, wide, actual, trained, 3 * tolerance);
        Assert.Equal(0, lower.grad!.narrow(0, 6, 2).abs().max().item<float>());
    }

    [Fact]
    public void Lora_Dropout_OutputAndGradientsEqualLibtorchUnderTheSameMask()
    {
        using var scope = NewDisposeScope();
        var dropout = new DropoutMask(0.3, 17);
        var mask = dropout.Apply(ones(9, 40)).to(ScalarType.Float64);
        var (input, weight) = (Random(ScalarType.Float32, 9, 40), Random(ScalarType.Float32, 63, 40).detach());
        Tensor[] trained = [input, Random(ScalarType.Float32, 6, 40), Random(ScalarType.Float32, 63, 6)];
        Tensor[] wide = [.. trained.Select(tensor => Wide(tensor))];
        var expected = functional.linear(wide[0], Wide(weight, tracked: false))
            + (functional.linear(functional.linear(wide[0] * mask, wide[1]), wide[2]) * 0.5);

        var actual = LinearProduct.LowRankFunction.apply(input, weight, null!, trained[1], trained[2], 0.5f, dropout);

        Compare(expected, wide, actual, trained, 1e-5);
    }

    [Fact]
    public void Dropout_SameSeed_DropsTheSameShareOfElementsAndScalesTheRest()
    {
        using var scope = NewDisposeScope();
        var input = ones(100_003, ScalarType.Float32);

        var once = DropoutKernel.Apply(input, 5, 0.1);
        var sum = ones_like(input);
        DropoutKernel.Add(sum, input, 5, 0.1);

        double dropped = once.eq(0).to(ScalarType.Float64).mean().item<double>();
        Assert.InRange(dropped, 0.095, 0.105);
        Assert.Equal(1 / 0.9, once.max().item<float>(), 1e-6);
        Assert.True((sum - 1).sub(once).abs().max().item<float>() < 1e-6);
        Assert.False(once.equal(DropoutKernel.Apply(input, 6, 0.1)).all().item<bool>());
    }

    private static Tensor Random(ScalarType dtype, params long[] shape)
    {
        using var generator = new Generator((ulong)shape.Sum() + 3, CPU);
        return randn(shape, generator: generator).to(dtype).requires_grad_();
    }

    private static Tensor Wide(Tensor tensor, bool tracked = true) =>
        tensor.detach().to(ScalarType.Float64).requires_grad_(tracked);

    private static Tensor Cut(Tensor matrix, long rows, long columns) =>
        matrix.narrow(0, 0, rows).narrow(1, 0, columns);

    /// <summary>Compares outputs, and gradients of a random weighting of them.</summary>
    private static void Compare(Tensor expected, Tensor[] wide, Tensor actual, Tensor[] inputs, double tolerance)
    {
        AssertClose(expected, actual, tolerance);
        using var generator = new Generator(11, CPU);
        var weights = randn(expected.shape, generator: generator).to(actual.dtype);
        expected.backward([weights.to(ScalarType.Float64)]);
        actual.backward([weights]);
        Assert.All(wide.Zip(inputs), pair => AssertClose(pair.First.grad!, pair.Second.grad!, 3 * tolerance));
    }

    private static void AssertClose(Tensor expected, Tensor actual, double tolerance)
    {
        double largest = expected.abs().max().item<double>();
        double difference = (expected - actual.to(ScalarType.Float64)).abs().max().item<double>();
        Assert.True(difference <= tolerance * largest, $"{difference} of {largest}");
    }
}
