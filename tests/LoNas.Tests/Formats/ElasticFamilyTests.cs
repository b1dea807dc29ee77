using LoNas.Data;
using LoNas.Elastic;
using LoNas.Formats.Nncf;
using LoNas.Models;
using LoNas.Runtime;
using LoNas.Tests.Support;
using LoNas.Training.Gradients;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Tests.Formats;

/// <summary>
/// Tests the cuts of every family: against recorded numbers if there are some, otherwise against physically cut models.
/// </summary>
public sealed class ElasticFamilyTests
{
    private static SafetensorsFile Expected =>
        SafetensorsFile.Open(Repository.Fixture("bloom-tiny-elastic", "expected.safetensors"));

    [Theory]
    [InlineData("maximal")]
    [InlineData("heuristic")]
    [InlineData("minimal")]
    [InlineData("random0")]
    [InlineData("random1")]
    public void Activate_BloomSubAdapter_LogitsAndLossEqualReference(string name)
    {
        using var scope = NewDisposeScope();
        using var file = Expected;
        var (model, adapter) = TinyFamilies.LoadCausal("bloom");
        using var active = adapter.Use(TinyFamilies.SubAdapter("bloom", name));

        var mask = file.Load("attention_mask").to(ScalarType.Bool);
        var logits = model.Logits(model.HiddenStates(file.Load("input_ids"), mask));
        var real = mask.unsqueeze(-1);
        Close.Recorded("bloom-tiny-elastic logits", file.Load($"{name}.logits") * real, logits * real, 1e-4);

        var loss = CausalLoss.Compute(model, TokenBatch.Pad(TinyLora.Examples(file), [0, 1, 2]))!;
        Close.Relative("bloom-tiny-elastic loss", file.Load($"{name}.loss").item<float>(), loss.item<float>(), 1e-5);
    }

    [Fact]
    public void Activate_BloomMinimal_GradientsEqualReferenceAndAreZeroOutsideTheActivePart()
    {
        using var scope = NewDisposeScope();
        using var file = Expected;
        var (model, adapter) = TinyFamilies.LoadCausal("bloom");
        adapter.Activate(adapter.Space!.Minimal);

        CausalLoss.Compute(model, TokenBatch.Pad(TinyLora.Examples(file), [0, 1, 2]))!.backward();

        foreach (var (name, parameter) in adapter.Parameters)
        {
            var recorded = file.Load($"minimal.grad.base_model.model.{name}");
            var gradient = parameter.grad!;
            Close.Gradient("bloom-tiny-elastic gradients", recorded, gradient);
            Assert.Equal(recorded.eq(0).sum().item<long>(), gradient.eq(0).sum().item<long>());
        }
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("bloom")]
    public void Activate_RandomSubAdapters_EqualPhysicallyCutModels(string family)
    {
        using var scope = NewDisposeScope();
        var (model, adapter) = TinyFamilies.LoadCausal(family);
        var random = new SeededRandom(3);
        for (int i = 0; i < 4; i++)
        {
            var subAdapter = i == 0 ? adapter.Space!.Minimal : adapter.Space!.Random(random, widthIndicator: 3);
            using var active = adapter.Use(subAdapter);
            var cut = ModelFolder.Open(Repository.Fixture($"{family}-tiny"))
                .Build(ScalarType.Float32, (_, _) => CutModel.Linears(adapter, subAdapter));

            Close.Absolute(Logits(cut), Logits(model), 1e-4);
        }
    }

    /// <summary>In LLaMA-13B's configuration gate_proj has no adapter, but its base is cut nevertheless.</summary>
    [Fact]
    public void Activate_GateWithoutAdapter_EqualsPhysicallyCutModel()
    {
        using var scope = NewDisposeScope();
        var lora = new LoraOptions
        {
            Rank = 8,
            Alpha = 16,
            TargetModules = ["q_proj", "k_proj", "v_proj", "up_proj", "down_proj"],
        };
        var (model, adapter) = TinyModels.LoadCausal("llama-tiny", lora);
        using (no_grad())
        {
            foreach (var (_, parameter) in adapter.Parameters)
            {
                parameter.copy_(randn(parameter.shape) * 0.1);
            }
        }

        adapter.Attach(BareGate().Bind(adapter.Shapes));
        Assert.Null(adapter.Layers["model.layers.0.mlp.gate_proj"].LoraA);
        using var active = adapter.Use(adapter.Space!.Minimal);
        var cut = ModelFolder.Open(Repository.Fixture("llama-tiny"))
            .Build(ScalarType.Float32, (_, _) => CutModel.Linears(adapter, adapter.Space!.Minimal));

        Close.Absolute(Logits(cut), Logits(model), 1e-4);
    }

    [Fact]
    public void Activate_BertHeadsAndWidths_EqualPhysicallyCutModels()
    {
        using var scope = NewDisposeScope();
        var (model, adapter) = TinyFamilies.LoadBert();
        var random = new SeededRandom(3);
        for (int i = 0; i < 5; i++)
        {
            var subAdapter = i == 0 ? adapter.Space!.Minimal : adapter.Space!.Random(random, widthIndicator: 4);
            using var active = adapter.Use(subAdapter);
            var cut = ModelFolder.Open(Repository.Fixture("bert-tiny"))
                .BuildClassifier(ScalarType.Float32, (_, _) => CutModel.Linears(adapter, subAdapter));
            var mask = tensor(new[] { true, true, true, true, true, true, false, false }).view(2, 4);

            Close.Absolute(cut.Classify(TinyFamilies.Ids(), mask), model.Classify(TinyFamilies.Ids(), mask), 1e-5);
        }

        adapter.Activate(adapter.Space!.Minimal);
        // One head of 16 features is left, and the output of attention reads only that.
        var shapes = adapter.Space.ActiveShapes(adapter.Space.Minimal);
        Assert.Equal(16, shapes["bert.encoder.layer.0.attention.self.key"].Out);
        Assert.Equal(16, shapes["bert.encoder.layer.0.attention.output.dense"].In);
        Assert.Equal(64, shapes["bert.encoder.layer.0.output.dense"].In);
    }

    [Theory]
    [InlineData("nncf_lonas_bert_base_mrpc.json")]
    [InlineData("nncf_lonas_bert_base_rte.json")]
    public void Bind_ReferenceGlueConfiguration_FitsBertBase(string file)
    {
        var configuration = NncfConfiguration.Load(SharedData.Path("reference", "nncf_config", "glue", file));
        var linears = ModelLinears.Bert(12, 768, 3072, 8, "query", "value");

        var space = configuration.Bind(linears, headSize: 64);

        Assert.Equal(12, configuration.DynamicInputs.Count);
        var shapes = space.ActiveShapes(space.Minimal);
        Assert.All(Enumerable.Range(0, 12), layer =>
        {
            var attention = $"bert.encoder.layer.{layer}.attention";
            long heads = shapes[$"{attention}.self.query"].Out;
            Assert.True(heads < 768 && heads % 64 == 0);
            Assert.Equal(heads, shapes[$"{attention}.self.key"].Out);
            Assert.Equal(heads, shapes[$"{attention}.self.value"].Out);
            Assert.Equal(heads, shapes[$"{attention}.output.dense"].In);
        });
    }

    private static NncfConfiguration BareGate()
    {
        var tiny = TinyFamilies.Configuration("llama");
        return tiny with
        {
            Groups = [.. tiny.Groups.Select(group => group with
            {
                Members = [.. group.Members.Where(member =>
                    member.Part == AdapterPart.Base
                        || !member.ModulePath.EndsWith("gate_proj", StringComparison.Ordinal))],
            })],
        };
    }

    private static Tensor Logits(ICausalModel model) => model.Logits(model.HiddenStates(TinyFamilies.Ids()));
}
