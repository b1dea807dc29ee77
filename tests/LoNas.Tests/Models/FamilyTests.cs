using LoNas.Models;
using LoNas.Models.Attention;
using LoNas.Tests.Support;
using LoNas.Training.Gradients;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Tests.Models;

/// <summary>Every recorded model against Transformers' numbers.</summary>
public sealed class FamilyTests
{
    public static TheoryData<string> Causal =>
    [
        "llama-tiny", "llama-gqa-tiny", "bloom-tiny", "qwen2-tiny", "mistral-tiny", "llama-tiny-f16", "llama-tiny-bf16",
        "llama-tiny-bin", "llama-tiny-sharded-bin",
    ];

    [Theory]
    [MemberData(nameof(Causal))]
    public void HiddenStates_LeftPaddedBatch_LogitsEqualTransformers(string name)
    {
        using var scope = NewDisposeScope();
        using var file = Expected(name);
        var mask = file.Load("attention_mask").to(ScalarType.Bool);
        var (model, _) = TinyModels.LoadCausal(name);

        var logits = model.Logits(model.HiddenStates(file.Load("input_ids"), mask));

        var real = mask.unsqueeze(-1);
        Close.Recorded($"{name} logits", file.Load("logits") * real, logits * real, 1e-4);
    }

    [Theory]
    [MemberData(nameof(Causal))]
    public void Compute_RecordedRowsWithoutPads_LossEqualsTransformers(string name)
    {
        using var scope = NewDisposeScope();
        using var file = Expected(name);
        var (model, _) = TinyModels.LoadCausal(name);

        var loss = CausalLoss.Compute(model, LoNas.Data.TokenBatch.Pad(TinyLora.Examples(file), [0, 1, 2]))!;

        double recorded = file.Load("loss").item<float>();
        Close.Relative($"{name} loss", recorded, loss.item<float>(), 1e-5);
    }

    [Theory]
    [MemberData(nameof(Causal))]
    public void HiddenStates_CachedInParts_EqualsOnePass(string name)
    {
        using var scope = NewDisposeScope();
        var (model, _) = TinyModels.LoadCausal(name);
        var ids = tensor(new long[] { 5, 17, 9, 200, 31, 8 }).view(1, -1);
        var whole = model.HiddenStates(ids);

        using var cache = new KvCache(model.CacheShape, 1, 6);
        var parts = new[]
        {
            model.HiddenStates(ids.narrow(1, 0, 3), cache: cache),
            model.HiddenStates(ids.narrow(1, 3, 1), cache: cache),
            model.HiddenStates(ids.narrow(1, 4, 2), cache: cache),
        };

        Close.Absolute(whole, cat(parts, 1), 1e-5);
    }

    [Theory]
    [InlineData("bloom-tiny")]
    [InlineData("qwen2-tiny")]
    [InlineData("mistral-tiny")]
    public void HiddenStates_HalfPrecision_StaysNearFloat32(string name)
    {
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(Repository.Fixture(name, "expected.safetensors"));
        var mask = file.Load("attention_mask").to(ScalarType.Bool);
        var (model, _) = TinyModels.LoadCausal(name, dtype: ScalarType.BFloat16);

        var logits = model.Logits(model.HiddenStates(file.Load("input_ids"), mask));

        Assert.Equal(ScalarType.BFloat16, logits.dtype);
        var real = mask.unsqueeze(-1);
        Close.Recorded($"{name} logits, computed in bfloat16", file.Load("logits") * real, logits * real, 3e-1);
    }

    [Fact]
    public void Classify_RightPaddedPairs_LogitsAndLossEqualTransformers()
    {
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(Repository.Fixture("bert-tiny", "expected.safetensors"));
        var (model, _) = TinyModels.LoadClassifier("bert-tiny");

        var logits = model.Classify(
            file.Load("input_ids"), file.Load("attention_mask").to(ScalarType.Bool), file.Load("token_type_ids"));

        Close.Recorded("bert-tiny logits", file.Load("logits"), logits, 1e-4);
        var loss = nn.functional.cross_entropy(logits, file.Load("labels"));
        Close.Relative("bert-tiny loss", file.Load("loss").item<float>(), loss.item<float>(), 1e-5);
    }

    [Fact]
    public void Classify_MoreTokensThanLearnedPositions_SaysHowMany()
    {
        using var scope = NewDisposeScope();
        var (model, _) = TinyModels.LoadClassifier("bert-tiny");

        var error = Assert.Throws<ArgumentException>(() => model.Classify(zeros(1, 129, ScalarType.Int64)));

        Assert.Contains("129 tokens and the model has learned 128 positions", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("llama-tiny")]
    [InlineData("llama-gqa-tiny")]
    [InlineData("bloom-tiny")]
    [InlineData("qwen2-tiny")]
    [InlineData("mistral-tiny")]
    public void OtherParameters_WithTheLinears_AreAllParametersOfTheModel(string name)
    {
        using var scope = NewDisposeScope();
        var (model, adapter) = TinyModels.LoadCausal(name);
        var config = ModelFolder.Open(Repository.Fixture(name)).Config;

        Assert.Equal(model.Parameters.Sum(parameter => parameter.numel()), config.OtherParameters + Linears(adapter));
    }

    [Fact]
    public void OtherParameters_OfBert_WithTheLinearsAreAllParametersOfTheModel()
    {
        using var scope = NewDisposeScope();
        var (model, adapter) = TinyModels.LoadClassifier("bert-tiny");
        var config = ModelFolder.Open(Repository.Fixture("bert-tiny")).Config;

        Assert.Equal(model.Parameters.Sum(parameter => parameter.numel()), config.OtherParameters + Linears(adapter));
    }

    [Fact]
    public void Build_ClassifierAsLanguageModel_SaysWhatItIs()
    {
        var error = Assert.Throws<InvalidDataException>(() => TinyModels.LoadCausal("bert-tiny"));
        Assert.Contains("is a bert classifier; expected a language model", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<InvalidDataException>(() => TinyModels.LoadClassifier("bloom-tiny"));
        Assert.Contains("is a bloom language model; expected a classifier", error.Message, StringComparison.Ordinal);
    }

    /// <summary>The PyTorch files hold llama-tiny's own weights, so that its numbers are theirs.</summary>
    private static SafetensorsFile Expected(string name) => SafetensorsFile.Open(Repository.Fixture(
        name.EndsWith("bin", StringComparison.Ordinal) ? "llama-tiny" : name, "expected.safetensors"));

    private static long Linears(LoNas.Elastic.SuperAdapter adapter) =>
        adapter.Shapes.Values.Sum(shape => (shape.In * shape.Out) + (shape.Bias ? shape.Out : 0));
}
