using LoNas.Data;
using LoNas.Generation;
using LoNas.Models;
using LoNas.Models.Attention;
using LoNas.Tests.Support;
using LoNas.Training.Gradients;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Tests.Models;

/// <summary>Every modern family against the numbers of Transformers 4.57 and PEFT 0.18.</summary>
public sealed class ModernFamilyTests
{
    public static TheoryData<string> All => ModernModel.All;

    [Theory]
    [MemberData(nameof(All))]
    public void AllLogits_LeftPaddedBatchAndLongRow_EqualTransformers(string name)
    {
        using var scope = NewDisposeScope();
        using var file = new ModernModel(name).Recorded();
        var (model, _) = new ModernModel(name).Load();

        AssertLogits($"{name} logits", model, file);
        Close.Recorded(
            $"{name} logits of a long row", file.Load("long_logits"), model.AllLogits(file.Load("long_input_ids")),
            1e-4);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Compute_RecordedRows_LossesEqualTransformers(string name)
    {
        using var scope = NewDisposeScope();
        using var file = new ModernModel(name).Recorded();
        var (model, _) = new ModernModel(name).Load();

        AssertLoss($"{name} loss", model, file);
        int[] ids = [.. file.Load("long_input_ids").data<long>().Select(id => (int)id)];
        var loss = CausalLoss.Compute(model, TokenBatch.Pad([new TrainingExample(ids, ids)], [0]))!;
        Close.Relative($"{name} loss of a long row", file.Load("long_loss").item<float>(), loss.item<float>(), 1e-5);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void HiddenStates_CachedInParts_EqualOnePass(string name)
    {
        using var scope = NewDisposeScope();
        using var file = new ModernModel(name).Recorded();
        var (model, _) = new ModernModel(name).Load();
        var ids = file.Load("long_input_ids");
        long length = model.IsPrefixStable(ids.shape[1]) ? ids.shape[1] : 32;
        var whole = model.HiddenStates(ids.narrow(1, 0, length));

        using var cache = new KvCache(model.CacheShape, 1, 6);
        var parts = new List<Tensor>();
        for (long at = 0, count = 1; at < length; at += count, count = Math.Min(count + 3, length - at))
        {
            parts.Add(model.HiddenStates(ids.narrow(1, at, count), cache: cache));
        }

        Close.Absolute(whole, cat(parts, 1), 2e-5);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void GenerateAll_RecordedPrompts_EqualTransformersAloneAndTogether(string name)
    {
        var (model, _) = new ModernModel(name).Load();
        var cases = RecordedGeneration.LoadFile(
            Path.Combine(new ModernModel(name).Folder, "generation_4.57.0.json"), name, BeamLength.Generated);
        foreach (var recorded in cases.Values)
        {
            var together = TextGenerator.GenerateAll(model, recorded.Prompts, recorded.Options, new BatchOptions());
            for (int prompt = 0; prompt < recorded.Prompts.Count; prompt++)
            {
                var alone = TextGenerator.Generate(model, recorded.Prompts[prompt], recorded.Options);
                Assert.Equal(alone.Select(sequence => sequence.Ids), together[prompt].Select(sequence => sequence.Ids));
                // Where longrope changes its factors, Transformers 4.57 goes on otherwise: LongRopeTests.
                if (model.RenewalLength is not { } length
                    || alone.Max(sequence => sequence.Ids.Length) + recorded.Pads(prompt) <= length)
                {
                    recorded.AssertEqual(prompt, alone);
                    recorded.AssertEqual(prompt, together[prompt]);
                }
            }
        }

        Assert.NotEmpty(cases);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Compute_WithAdapter_LogitsLossAndGradientsEqualPeft(string name)
    {
        using var scope = NewDisposeScope();
        using var file = new ModernModel(name).Recorded("-lora");
        var (model, adapter) = new ModernModel(name).LoadAdapted();

        AssertLogits($"{name}-lora logits", model, file);
        AssertLoss($"{name}-lora loss", model, file).backward();

        foreach (var (parameterName, parameter) in adapter.Parameters)
        {
            var recorded = file.Load($"grad.base_model.model.{parameterName}");
            Close.Gradient($"{name}-lora gradients", recorded, parameter.grad!);
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Step_FiveTimes_LossesAndWeightsEqualPeft(string name)
    {
        using var scope = NewDisposeScope();
        using var file = new ModernModel(name).Recorded("-lora");
        var (model, adapter) = new ModernModel(name).LoadAdapted();
        var parameters = adapter.Parameters.Select(named => named.Parameter).ToArray();
        var optimizer = optim.AdamW(parameters, lr: 3e-4, weight_decay: 0);
        double[] losses = [.. new ModernModel(name).RecordedNumbers("-lora").GetProperty("losses_noclip")
            .EnumerateArray().Select(value => value.GetDouble())];
        for (int step = 0; step < losses.Length; step++)
        {
            var loss = CausalLoss.Compute(model, TokenBatch.Pad(TinyLora.Examples(file), [0, 1, 2]))!;
            Close.Relative($"{name}-lora losses, noclip", losses[step], loss.item<float>(), 1e-5);
            if (step < 5)
            {
                optimizer.zero_grad();
                loss.backward();
                optimizer.step();
            }
        }

        foreach (var (parameterName, parameter) in adapter.Parameters)
        {
            var recorded = file.Load($"after5_noclip.base_model.model.{parameterName}");
            var difference = (recorded - parameter).abs();
            // AdamW normalises, so elements whose gradient is near zero may step the other way; a few are allowed.
            Assert.True(difference.gt(5e-5).sum().item<long>() <= 0.01 * parameter.numel(), parameterName);
            Close.Recorded(
                $"{name}-lora weights after 5 steps, noclip", zeros_like(difference), difference, 1.5e-3,
                "5e-5 abs for 99 %, 1.5e-3 abs for the rest");
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Activate_MixedSubAdapter_LogitsAndLossEqualReference(string name)
    {
        using var scope = NewDisposeScope();
        using var file = new ModernModel(name).Recorded("-elastic");
        var (model, adapter) = new ModernModel(name).LoadAdapted(elastic: true);
        using var active = adapter.Use(new ModernModel(name).Mixed());

        AssertLogits($"{name}-elastic logits", model, file, "mixed.");
        AssertLoss($"{name}-elastic loss", model, file, "mixed.");
    }

    /// <summary>By these names extraction writes them.</summary>
    [Theory]
    [MemberData(nameof(All))]
    public void Parameters_OfTheModel_HaveTheCheckpointsNames(string name)
    {
        var (model, _) = new ModernModel(name).Load();
        using var file = SafetensorsFile.Open(Path.Combine(new ModernModel(name).Folder, "model.safetensors"));

        Assert.Equal(file.Names.Order(), ((nn.Module)model).named_parameters().Select(named => named.name).Order());
    }

    [Theory]
    [MemberData(nameof(All))]
    public void OtherParameters_WithTheLinears_AreAllParametersOfTheModel(string name)
    {
        using var scope = NewDisposeScope();
        var (model, _) = new ModernModel(name).Load();
        var layout = LinearLayout.Load(new ModernModel(name).Folder);

        long linears = layout.Linears
            .Where(linear => linear.Path != LinearLayout.LanguageHead || !layout.Config.TieWordEmbeddings)
            .Sum(linear => (linear.In * linear.Out) + (linear.Bias ? linear.Out : 0));
        Assert.Equal(model.Parameters.Sum(parameter => parameter.numel()), layout.Config.OtherParameters + linears);
    }

    private static void AssertLogits(string quantity, ICausalModel model, SafetensorsFile file, string prefix = "")
    {
        var mask = file.Load("attention_mask").to(ScalarType.Bool);
        var real = mask.unsqueeze(-1);
        var logits = model.AllLogits(file.Load("input_ids"), mask);
        Close.Recorded(quantity, file.Load($"{prefix}logits") * real, logits * real, 1e-4);
    }

    private static Tensor AssertLoss(string quantity, ICausalModel model, SafetensorsFile file, string prefix = "")
    {
        var loss = CausalLoss.Compute(model, TokenBatch.Pad(TinyLora.Examples(file), [0, 1, 2]))!;
        Close.Relative(quantity, file.Load($"{prefix}loss").item<float>(), loss.item<float>(), 1e-5);
        return loss;
    }
}
