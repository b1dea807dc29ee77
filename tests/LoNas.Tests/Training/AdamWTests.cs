using LoNas.Tests.Support;
using LoNas.Training.Optimizer;
using static TorchSharp.torch;
using AdamW = LoNas.Training.Optimizer.AdamW;
using Parameter = TorchSharp.Modules.Parameter;

namespace LoNas.Tests.Training;

public sealed class AdamWTests
{
    /// <summary>Sizes that are multiples of a vector's length and sizes that are not.</summary>
    private static readonly long[][] Shapes = [[33, 7], [64, 16], [5], [1, 1], [3, 4, 5]];

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.1)]
    public void Step_FiftyTimes_EqualsTorchSharps(double decay)
    {
        using var scope = NewDisposeScope();
        var (own, theirs) = Twins(ScalarType.Float32);
        using var optimizer = new AdamW(Named(own), decay);
        var reference = optim.AdamW(theirs, lr: 0, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: decay);
        var start = own[0].detach().clone();
        var random = new Generator(3, CPU);
        for (int step = 0; step < 50; step++)
        {
            Gradients(own, theirs, random, without: step % 3 == 0 ? 1 : -1);
            double limit = step % 2 == 0 ? 1.0 : 1e9;
            double rate = 3e-3 / (1 + step);
            optimizer.Step(rate, GradientNorm.ClipFactor(optimizer.GradientNorm(), limit));
            nn.utils.clip_grad_norm_(theirs, limit);
            foreach (var group in reference.ParamGroups)
            {
                group.LearningRate = rate;
            }

            reference.step();
        }

        Assert.True((start - own[0]).abs().max().item<float>() > 1e-3, "the steps moved the parameters");
        Assert.All(own.Zip(theirs), pair => Assert.True(RelativeError(pair.First, pair.Second) <= 1e-6));
        reference.Dispose();
    }

    [Fact]
    public void StepTogether_Again_LeavesNoTensors()
    {
        using var scope = NewDisposeScope();
        var (own, _) = Twins(ScalarType.Float32);
        using var optimizer = new AdamW(Named(own), 0.1);
        foreach (var parameter in own)
        {
            parameter.grad = ones_like(parameter);
        }

        TensorCount.AssertUnchangedBy(() => optimizer.StepTogether(1e-3, 1));
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.1)]
    public void StepTogether_FiftyTimes_AgreesWithOneByOne(double decay)
    {
        using var scope = NewDisposeScope();
        var (together, single) = Twins(ScalarType.Float32);
        using var fused = new AdamW(Named(together), decay);
        using var plain = new AdamW(Named(single), decay);
        var random = new Generator(3, CPU);
        for (int step = 0; step < 50; step++)
        {
            // One parameter lags behind, since steps are counted per parameter.
            Gradients(together, single, random, without: step % 3 == 0 ? 1 : -1);
            fused.StepTogether(3e-3, 0.25);
            plain.Step(3e-3, 0.25);
        }

        Assert.All(together.Zip(single), pair => Assert.True(RelativeError(pair.First, pair.Second) <= 1e-5));
        Assert.All(fused.Moments.Zip(plain.Moments), pair =>
        {
            Assert.Equal(pair.Second.Step, pair.First.Step);
            Assert.True(RelativeError(pair.First.Average, pair.Second.Average) <= 1e-5);
            Assert.True(RelativeError(pair.First.Squares, pair.Second.Squares) <= 1e-5);
        });
    }

    [Fact]
    public void Step_ByLibtorchAndBySpans_AgreeBeyondFloat32()
    {
        using var scope = NewDisposeScope();
        var (narrow, _) = Twins(ScalarType.Float32);
        var (wide, _) = Twins(ScalarType.Float64);
        using var spans = new AdamW(Named(narrow), 0.1);
        using var libtorch = new AdamW(Named(wide), 0.1);
        var random = new Generator(3, CPU);
        for (int step = 0; step < 10; step++)
        {
            Gradients(narrow, wide, random);
            Assert.Equal(libtorch.GradientNorm(), spans.GradientNorm(), 1e-6);
            spans.Step(1e-3, 0.5);
            libtorch.Step(1e-3, 0.5);
        }

        Assert.All(narrow.Zip(wide), pair => Assert.True(RelativeError(pair.First, pair.Second) <= 1e-6));
    }

    [Fact]
    public void Step_WithoutGradient_LeavesParameterAndStepCount()
    {
        using var scope = NewDisposeScope();
        var (own, theirs) = Twins(ScalarType.Float32);
        using var optimizer = new AdamW(Named(own), 0.1);
        var before = own[1].bytes.ToArray();
        Gradients(own, theirs, new Generator(3, CPU), without: 1);

        optimizer.Step(1e-3);

        Assert.Equal(before, own[1].bytes.ToArray());
        Assert.Equal([1L, 0, 1, 1, 1], optimizer.Moments.Select(entry => entry.Step));
        optimizer.ClearGradients();
        Assert.Equal(0, optimizer.GradientNorm());
    }

    [Fact]
    public void Step_GradientWithGaps_IsReadInItsOrder()
    {
        using var scope = NewDisposeScope();
        var (own, other) = Twins(ScalarType.Float32);
        Parameter[] plain = [own[0]], gapped = [other[0]];
        var gradient = rand(33, 7, generator: new Generator(5, CPU));
        plain[0].grad = gradient;
        gapped[0].grad = gradient.t().contiguous().t();
        Assert.False(gapped[0].grad!.is_contiguous());
        using var first = new AdamW(Named(plain), 0);
        using var second = new AdamW(Named(gapped), 0);

        first.Step(1e-2);
        second.Step(1e-2);

        Assert.Equal(first.GradientNorm(), second.GradientNorm(), 1e-9);
        Assert.Equal(plain[0].bytes.ToArray(), gapped[0].bytes.ToArray());
    }

    [Theory]
    [InlineData(1e30f, true)]
    [InlineData(float.MaxValue, true)]
    [InlineData(float.PositiveInfinity, false)]
    [InlineData(float.NaN, false)]
    public void GradientNorm_IsFiniteExactlyWhereGradientsAre(float entry, bool isFinite)
    {
        using var scope = NewDisposeScope();
        var (own, theirs) = Twins(ScalarType.Float32);
        Gradients(own, theirs, new Generator(3, CPU));
        own[0].grad!.bytes[^4..].Clear();
        CpuFloats.Of(own[0].grad!)[^1] = entry;
        using var optimizer = new AdamW(Named(own), 0);

        Assert.Equal(isFinite, double.IsFinite(optimizer.GradientNorm()));
    }

    [Fact]
    public void Step_LeavesNoTensors()
    {
        using var scope = NewDisposeScope();
        var (own, theirs) = Twins(ScalarType.Float32);
        var (wide, _) = Twins(ScalarType.Float64);
        Gradients(own, wide, new Generator(3, CPU));
        using var optimizer = new AdamW(Named(own), 0.1);
        using var libtorch = new AdamW(Named(wide), 0.1);

        TensorCount.AssertUnchangedBy(() =>
        {
            foreach (var each in new[] { optimizer, libtorch })
            {
                each.Step(1e-3, GradientNorm.ClipFactor(each.GradientNorm(), 1));
            }
        });
    }

    private static (Parameter[] First, Parameter[] Second) Twins(ScalarType type)
    {
        var random = new Generator(11, CPU);
        var values = Shapes.Select(shape => randn(shape, generator: random)).ToArray();
        return (Make(), Make());

        Parameter[] Make() => [.. values.Select(value => new Parameter(value.to(type).clone()))];
    }

    private static IEnumerable<(string Name, Parameter Parameter)> Named(Parameter[] parameters) =>
        parameters.Select((parameter, index) => ($"p{index}", parameter));

    /// <summary>The same random gradients for both, small and large ones; one parameter may have none.</summary>
    private static void Gradients(Parameter[] first, Parameter[] second, Generator random, int without = -1)
    {
        for (int i = 0; i < first.Length; i++)
        {
            var gradient = randn(first[i].shape, generator: random).pow(3);
            first[i].grad = i == without ? null : gradient.to(first[i].dtype).clone();
            second[i].grad = i == without ? null : gradient.to(second[i].dtype).clone();
        }
    }

    private static double RelativeError(Tensor left, Tensor right)
    {
        using var scope = NewDisposeScope();
        var (a, b) = (left.to(ScalarType.Float64), right.to(ScalarType.Float64));
        return ((a - b).abs() / b.abs().clamp_min(1e-2)).max().item<double>();
    }
}
