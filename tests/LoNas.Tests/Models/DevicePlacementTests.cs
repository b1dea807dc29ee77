using System.Text.RegularExpressions;
using LoNas.Elastic;
using LoNas.Models;
using LoNas.Runtime;
using LoNas.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace LoNas.Tests.Models;

/// <summary>What keeps a model's work on its device, as far as it can be checked without one.</summary>
public sealed partial class DevicePlacementTests
{
    private static readonly LoraOptions Lora = new()
    {
        Rank = 4,
        Alpha = 8,
        Dropout = 0,
        TargetModules = ["q_proj", "v_proj", "query_key_value"],
    };

    /// <summary>
    /// What a training micro-batch and a pass of the model go through, besides the kernels of the CPU.
    /// </summary>
    private static readonly string[] WithinAStep =
    [
        "Data/ClassifierPass.cs", "Elastic/ElasticLinear.cs", "Generation/StepPlaces.cs",
        "Models/Attention/AlibiBias.cs", "Models/Attention/AttentionMasks.cs", "Models/Attention/CacheStep.cs",
        "Models/Attention/GroupedAttention.cs",
        "Models/Attention/KvCache.cs", "Models/Attention/PackedRows.cs", "Models/Attention/TokenPlaces.cs",
        "Models/Families/Bert.cs", "Models/Families/Bloom.cs", "Models/Families/Llama.cs", "Models/ForwardPass.cs",
        "Models/Layers/LayerNorm.cs", "Models/Layers/LinearProduct.cs", "Models/Layers/RmsNorm.cs",
        "Models/Layers/SwiGlu.cs", "Models/Layers/TokenEmbedding.cs", "Models/Layers/WideRmsNorm.cs",
        "Training/Gradients/BlockwiseGradient.cs",
        "Training/Gradients/ClassifierObjective.cs", "Training/Gradients/HeadGradient.cs",
    ];

    [Theory]
    [InlineData("llama-tiny")]
    [InlineData("llama-tiny-f16")]
    [InlineData("bloom-tiny")]
    public void Build_OnADevice_EveryParameterIsThereInTheTypeAskedFor(string name)
    {
        using var scope = NewDisposeScope();
        using var adapter = new SuperAdapter(Lora, new SeededRandom(1));
        using var model = ModelFolder.Open(Repository.Fixture(name)).Build(ScalarType.BFloat16, adapter.Linears, META);

        Assert.Equal(DeviceType.META, model.Device.type);
        Assert.Equal(DeviceType.META, adapter.Device.type);
        Assert.NotEmpty(adapter.Parameters);
        Assert.All(model.Parameters, parameter => Assert.Equal(DeviceType.META, parameter.device_type));
        Assert.All(model.Parameters.Where(parameter => !parameter.requires_grad), parameter =>
            Assert.Equal(ScalarType.BFloat16, parameter.dtype));
        Assert.All(adapter.Parameters, named => Assert.Equal(ScalarType.Float32, named.Parameter.dtype));
    }

    [Fact]
    public void Step_Sources_ReadNothingFromTheDevice() => Assert.All(WithinAStep, file =>
        Assert.All(Lines(file), line => Assert.False(
            Reads().IsMatch(line) && !line.Contains("loss?.item", StringComparison.Ordinal),
            $"{file} waits for the device: {line}")));

    [Fact]
    public void Step_Sources_MakeNoTensorWithoutSayingWhere() => Assert.All(WithinAStep, file =>
        Assert.All(Lines(file), line => Assert.False(
            Makes().IsMatch(line) && !line.Contains("evice", StringComparison.Ordinal) && !IsOfTheCpu(line),
            $"{file} makes a tensor on the CPU: {line}")));

    [Fact]
    public void Sent_ToTheCpu_IsTheSameTensor()
    {
        using var scope = NewDisposeScope();
        var host = tensor(new long[] { 1, 2 });

        Assert.Same(host, DeviceTensors.Sent(host, CPU));
    }

    /// <summary>Weights before they are moved, and the losses of the CPU's kernel.</summary>
    private static bool IsOfTheCpu(string line) => line.Contains("random)", StringComparison.Ordinal)
        || line.Contains("=> zeros(outFeatures)", StringComparison.Ordinal)
        || line.Contains("CrossEntropyKernel", StringComparison.Ordinal);

    private static string[] Lines(string file) =>
        [.. File.ReadAllLines(Path.Combine(Repository.Root, "src", "LoNas", file))
            .Where(line => !line.TrimStart().StartsWith('/'))];

    [GeneratedRegex(@"\.(item<|cpu\(\)|data<|ToSingle\(|ToDouble\(|ToInt)|\bnonzero\(|\bmasked_select\(")]
    private static partial Regex Reads();

    [GeneratedRegex(@"(?<![\w.])(tensor|arange|zeros|ones|empty|full|rand|randn|linspace|eye)\(")]
    private static partial Regex Makes();
}
