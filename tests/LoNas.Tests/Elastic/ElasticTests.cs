using LoNas.Data;
using LoNas.Models;
using LoNas.Storage;
using LoNas.Tests.Support;
using LoNas.Training.Gradients;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Tests.Elastic;

public sealed class ElasticTests
{
    private static SafetensorsFile Expected =>
        SafetensorsFile.Open(Repository.Fixture("llama-tiny-elastic", "expected.safetensors"));

    [Theory]
    [InlineData("maximal")]
    [InlineData("heuristic")]
    [InlineData("minimal")]
    [InlineData("random0")]
    [InlineData("random1")]
    public void Activate_RecordedSubAdapter_LogitsAndLossEqualReference(string name)
    {
        using var scope = NewDisposeScope();
        using var file = Expected;
        var (model, adapter) = TinyLora.Load();
        using var active = adapter.Use(TinyLora.SubAdapter(name));

        var mask = file.Load("attention_mask").to(ScalarType.Bool);
        var logits = model.Logits(model.HiddenStates(file.Load("input_ids"), mask));
        Close.Recorded(
            "llama-tiny-elastic logits", file.Load($"{name}.logits") * mask.unsqueeze(-1), logits * mask.unsqueeze(-1),
            1e-4);

        var examples = TinyLora.Examples(file);
        var loss = CausalLoss.Compute(model, TokenBatch.Pad(examples, [0, 1, 2]))!;
        Close.Relative("llama-tiny-elastic loss", file.Load($"{name}.loss").item<float>(), loss.item<float>(), 1e-5);
    }

    [Fact]
    public void Activate_Minimal_GradientsEqualReferenceAndAreZeroOutsideTheActivePart()
    {
        using var scope = NewDisposeScope();
        using var file = Expected;
        var (model, adapter) = TinyLora.Load();
        adapter.Activate(adapter.Space!.Minimal);

        CausalLoss.Compute(model, TokenBatch.Pad(TinyLora.Examples(file), [0, 1, 2]))!.backward();

        foreach (var (name, parameter) in adapter.Parameters)
        {
            var recorded = file.Load($"minimal.grad.base_model.model.{name}");
            var gradient = parameter.grad!;
            Close.Gradient("llama-tiny-elastic gradients", recorded, gradient);
            // Exactly zero, not just small, outside the sub-adapter.
            Assert.Equal(recorded.eq(0).sum().item<long>(), gradient.eq(0).sum().item<long>());
        }
    }

    [Fact]
    public void Activate_Maximal_EqualsPlainLoraToTheLastBit()
    {
        using var scope = NewDisposeScope();
        var ids = tensor(new long[] { 5, 17, 9, 200, 31, 8 }).view(1, -1);
        var (plain, _) = TinyLora.Load(elastic: false);
        var (elastic, adapter) = TinyLora.Load();
        adapter.Activate(adapter.Space!.Minimal);
        adapter.Activate(adapter.Space!.Maximal);

        Assert.Equal(plain.AllLogits(ids).bytes.ToArray(), elastic.AllLogits(ids).bytes.ToArray());
    }

    [Fact]
    public void Use_CutAndRestore_LeavesWeightsAndOutputsUntouched()
    {
        using var scope = NewDisposeScope();
        var ids = tensor(new long[] { 5, 17, 9, 200, 31, 8 }).view(1, -1);
        var (model, adapter) = TinyLora.Load();
        var weights = model.Parameters.Select(parameter => parameter.bytes.ToArray()).ToArray();
        var before = model.AllLogits(ids).bytes.ToArray();

        using (adapter.Use(adapter.Space!.Minimal))
        {
            Assert.NotEqual(before, model.AllLogits(ids).bytes.ToArray());
        }

        Assert.Null(adapter.Active);
        Assert.Equal(before, model.AllLogits(ids).bytes.ToArray());
        Assert.Equal(weights, model.Parameters.Select(parameter => parameter.bytes.ToArray()).ToArray());
    }

    [Theory]
    [InlineData("float16", ScalarType.Float16)]
    [InlineData("bfloat16", ScalarType.BFloat16)]
    public void Forward_HalfPrecisionBase_HasTheTypesThatPeftHas(string recorded, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        var rules = JsonInput.Load(Repository.Fixture("peft_dtype_rules.json"), "fixture").GetProperty("rules")
            .GetProperty(recorded);
        ScalarType Rule(string key) =>
            Enum.Parse<ScalarType>(rules.GetProperty(key).GetString()!["torch.".Length..], ignoreCase: true);
        var (model, adapter) = TinyLora.Load(dtype: dtype);

        Assert.Equal(dtype, Rule("input"));
        var layer = adapter.Layers["model.layers.0.self_attn.q_proj"];
        Assert.Equal(Rule("base_weight"), layer.Weight.dtype);
        Assert.All(adapter.Layers.Values.Where(linear => linear.LoraA is not null), linear =>
            Assert.Equal((Rule("lora_A"), Rule("lora_B")), (linear.LoraA!.dtype, linear.LoraB!.dtype)));
        Assert.Equal(Rule("output"), layer.forward(ones(1, 2, 64, dtype)).dtype);
        Assert.Equal(dtype, model.HiddenStates(ones(1, 2, ScalarType.Int64)).dtype);
        ParityLog.AddExact("peft_dtype_rules types");
    }

    [Fact]
    public void Forward_WithAdapter_EqualsBasePlusScaledDelta()
    {
        using var scope = NewDisposeScope();
        var (_, adapter) = TinyLora.Load();
        var layer = adapter.Layers["model.layers.1.mlp.down_proj"];
        var input = randn(3, layer.Full.In);

        var merged = layer.Weight + (adapter.Options!.Scaling * layer.LoraB!.matmul(layer.LoraA!));

        Close.Absolute(input.matmul(merged.t()), layer.forward(input), 1e-4);
    }
}
