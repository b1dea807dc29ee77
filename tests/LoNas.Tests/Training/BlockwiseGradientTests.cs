using LoNas.Data;
using LoNas.Elastic;
using LoNas.Models;
using LoNas.Models.Layers;
using LoNas.Tests.Support;
using LoNas.Training.Gradients;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Tests.Training;

/// <summary>Compares gradients computed one block at a time with libtorch's own over the whole graph.</summary>
public sealed class BlockwiseGradientTests
{
    private static readonly LoraOptions Everywhere = new()
    {
        Rank = 8,
        Alpha = 16,
        Dropout = 0,
        TargetModules =
        [
            "q_proj",
            "k_proj",
            "v_proj",
            "up_proj",
            "gate_proj",
            "down_proj",
            "query_key_value",
            "dense_h_to_4h",
            "lm_head",
        ],
    };

    private static readonly TokenBatch Batch = TokenBatch.Pad(
        [
            Example(13, learntFrom: 0),
            Example(5, learntFrom: 3),
            Example(21, learntFrom: 9),
            Example(2, learntFrom: 0),
        ],
        [0, 1, 2, 3]);

    [Theory]
    [InlineData("llama-tiny")]
    [InlineData("llama-gqa-tiny")]
    [InlineData("mistral-tiny")]
    [InlineData("qwen2-tiny")]
    [InlineData("bloom-tiny")]
    public void Add_PaddedBatch_LossAndGradientsEqualThoseOfTheWholeGraph(string name)
    {
        using var scope = NewDisposeScope();
        var (model, adapter) = Load(name, Everywhere);
        var loss = CausalLoss.Compute(model, Batch)!;
        (loss * 0.25).backward();
        var expected = TakeGradients(adapter);

        foreach (var share in new[] { new GradientShare(0.25), new GradientShare(0.25, Packing: true) })
        {
            var counted = BlockwiseGradient.Add(model, Batch, share)!.Value;

            Close.Relative($"{name} loss by blocks", 0.25 * loss.item<float>(), counted, 1e-6);
            var gradients = TakeGradients(adapter);
            Assert.All(
                expected, entry => Close.Gradient($"{name} gradients by blocks", entry.Value, gradients[entry.Key]));
        }
    }

    [Theory]
    [InlineData("llama-tiny", 0, ScalarType.Float32)]
    [InlineData("llama-tiny", 0.2, ScalarType.Float32)]
    [InlineData("llama-tiny", 0.2, ScalarType.BFloat16)]
    [InlineData("bloom-tiny", 0.2, ScalarType.Float32)]
    public void Add_Checkpointing_SameLossAndGradientsToTheLastBit(string name, double dropout, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        var (model, adapter) = Load(name, Everywhere with { Dropout = dropout }, dtype);
        var state = adapter.RandomState;
        var loss = BlockwiseGradient.Add(model, Batch, new GradientShare(), adapter);
        var expected = TakeGradients(adapter);
        var drawn = adapter.RandomState;
        adapter.RandomState = state;

        var again = BlockwiseGradient.Add(model, Batch, new GradientShare(Checkpointing: true), adapter);

        Assert.Equal(loss, again);
        var gradients = TakeGradients(adapter);
        Assert.All(
            expected, entry => Assert.True(entry.Value.equal(gradients[entry.Key]).all().item<bool>(), entry.Key));
        Assert.Equal(drawn, adapter.RandomState);
        Assert.Equal(dropout > 0, !state.AsSpan().SequenceEqual(drawn));
    }

    [Theory]
    [InlineData("llama-tiny", 1e-6, 1e-4)]
    [InlineData("llama-gqa-tiny", 1e-6, 1e-4)] // a tied head
    [InlineData("qwen2-tiny", 1e-6, 1e-4)] // biases
    [InlineData("bloom-tiny", 3e-4, 1e-2)] // the norm of its embedding comes before the blocks and stays narrow
    public void Add_WideningANarrowBase_EqualsTheFloat32ModelOfTheSameWeights(
        string name, double tolerance, double gradientTolerance)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        SaveRounded(Repository.Fixture(name), folder.Root);
        var (wideModel, wideAdapter) = Load(folder.Root, Everywhere, ScalarType.Float32);
        var (model, adapter) = Load(folder.Root, Everywhere, ScalarType.BFloat16);
        var loss = BlockwiseGradient.Add(wideModel, Batch, new GradientShare())!.Value;
        var expected = TakeGradients(wideAdapter);

        var widened = BlockwiseGradient.Add(model, Batch, new GradientShare(Widening: true))!.Value;

        Close.Relative($"{name} loss of a widened base", loss, widened, tolerance);
        double difference = LargestShare(expected, TakeGradients(adapter));
        Assert.InRange(difference, 0, gradientTolerance);
        BlockwiseGradient.Add(model, Batch, new GradientShare());
        Assert.True(
            LargestShare(expected, TakeGradients(adapter)) > 1.5 * difference, "bfloat16 states must be further away");
    }

    [Fact]
    public void Forward_WeightOfSeveralParts_ProductAndGradientEqualLibtorch()
    {
        using var scope = NewDisposeScope();
        var input = randn(2, 3, 4096, generator: new Generator(1, CPU)).requires_grad_();
        var weight = randn(4500, 4096, generator: new Generator(2, CPU)).to(ScalarType.BFloat16);
        var bias = randn(4500, generator: new Generator(3, CPU)).to(ScalarType.BFloat16);
        var wide = input.detach().requires_grad_();
        var expected = nn.functional.linear(wide, weight.to(ScalarType.Float32), bias.to(ScalarType.Float32));

        var actual = LinearProduct.Of(input, weight, bias);

        Close.Absolute(expected, actual, 1e-3);
        expected.sum().backward();
        actual.sum().backward();
        Close.Absolute(wide.grad!, input.grad!, 1e-2);
    }

    [Theory]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    public void Add_EveryWay_LeavesNoTensors(ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        var (model, adapter) = Load("llama-tiny", Everywhere with { Dropout = 0.1 }, dtype);
        foreach (var share in new[]
        {
            new GradientShare(),
            new GradientShare(Checkpointing: true),
            new GradientShare(Packing: true),
            new GradientShare(Widening: true),
            new GradientShare(Checkpointing: true, Packing: true, Widening: true),
        })
        {
            TensorCount.AssertUnchangedBy(() => BlockwiseGradient.Add(model, Batch, share, adapter));
        }
    }

    [Fact]
    public void Add_LowestBlocksFrozen_OthersGetTheirGradients()
    {
        using var scope = NewDisposeScope();
        var (model, adapter) = Load("llama-tiny", Everywhere with { TargetModules = ["down_proj"] });
        foreach (var (_, parameter) in adapter.Parameters.Where(named => named.Name.Contains("layers.0.")))
        {
            parameter.requires_grad_(false);
        }

        BlockwiseGradient.Add(model, Batch, new GradientShare());

        Assert.All(
            adapter.Parameters,
            named => Assert.Equal(named.Name.Contains("layers.1."), named.Parameter.grad is not null));
    }

    /// <summary>A checkpoint whose weights are stored in bfloat16.</summary>
    private static void SaveRounded(string fixture, string folder)
    {
        using var scope = NewDisposeScope();
        File.Copy(Path.Combine(fixture, "config.json"), Path.Combine(folder, "config.json"));
        using var weights = WeightFolder.Open(fixture);
        SafetensorsWriter.Save(
            Path.Combine(folder, "model.safetensors"),
            [.. weights.Names.Select(name => (name, weights.Load(name).to(ScalarType.BFloat16)))]);
    }

    private static (ICausalModel Model, SuperAdapter Adapter) Load(
        string name, LoraOptions lora, ScalarType dtype = ScalarType.Float32)
    {
        var (model, adapter) = TinyModels.LoadCausal(name, lora, dtype);
        using var random = new Generator(5, CPU);
        using var frozen = no_grad();
        foreach (var (_, parameter) in adapter.Parameters)
        {
            // B starts at zero, which would make A's gradient zero.
            parameter.normal_(0, 0.05, random);
        }

        foreach (var layer in adapter.Layers.Values)
        {
            layer.train(); // dropout
        }

        return (model, adapter);
    }

    /// <summary>The largest difference of a gradient as a share of its largest element.</summary>
    private static double LargestShare(
        Dictionary<string, Tensor> expected, Dictionary<string, Tensor> actual) => expected.Max(entry =>
        Close.LargestDifference(entry.Value, actual[entry.Key]) / entry.Value.abs().max().item<float>());

    private static Dictionary<string, Tensor> TakeGradients(SuperAdapter adapter)
    {
        var gradients = adapter.Parameters.ToDictionary(named => named.Name, named => named.Parameter.grad!.clone());
        foreach (var (_, parameter) in adapter.Parameters)
        {
            parameter.grad = null;
        }

        return gradients;
    }

    private static TrainingExample Example(int length, int learntFrom)
    {
        int[] ids = [.. Enumerable.Range(0, length).Select(place => ((place * 37) + (length * 11)) % 300)];
        return new TrainingExample(
            ids, [.. ids.Select((id, place) => place < learntFrom ? TrainingExample.IgnoredLabel : id)]);
    }
}
