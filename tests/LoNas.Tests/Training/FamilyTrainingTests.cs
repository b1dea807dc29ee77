using LoNas.Data;
using LoNas.Elastic;
using LoNas.Formats.Peft;
using LoNas.Models;
using LoNas.Storage;
using LoNas.Tests.Support;
using LoNas.Training;
using LoNas.Training.Gradients;
using LoNas.Training.LearningRates;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Tests.Training;

/// <summary>Training of every family's adapter against PEFT's recorded steps.</summary>
public sealed class FamilyTrainingTests
{
    [Theory]
    [InlineData("llama")]
    [InlineData("bloom")]
    public void Compute_RecordedBatch_LogitsLossAndGradientsEqualPeft(string family)
    {
        using var scope = NewDisposeScope();
        using var file = Recorded(family);
        var (model, adapter) = TinyFamilies.LoadCausal(family, elastic: false);
        var mask = file.Load("attention_mask").to(ScalarType.Bool);
        var real = mask.unsqueeze(-1);
        var logits = model.Logits(model.HiddenStates(file.Load("input_ids"), mask));
        Close.Recorded($"{family}-tiny-lora logits", file.Load("logits") * real, logits * real, 1e-4);

        var loss = CausalLoss.Compute(model, TokenBatch.Pad(TinyLora.Examples(file), [0, 1, 2]))!;
        loss.backward();

        Close.Relative($"{family}-tiny-lora loss", file.Load("loss").item<float>(), loss.item<float>(), 1e-5);
        AssertGradients(family, adapter, file);
        double norm = nn.utils.clip_grad_norm_(adapter.Parameters.Select(named => named.Parameter), 1e9);
        Close.Relative($"{family}-tiny-lora gradient norms", GradientNorms(family, "noclip")[0], norm, 1e-4);
    }

    [Theory]
    [InlineData(0.0, "noclip")]
    [InlineData(1.0, "clip1")]
    public void Run_BloomRecordedBatch_LossesAndWeightsEqualPeft(double maxNorm, string recorded)
    {
        using var scope = NewDisposeScope();
        using var file = Recorded("bloom");
        var (model, adapter) = TinyFamilies.LoadCausal("bloom", elastic: false);
        var options = new TrainingOptions
        {
            BatchSize = 3,
            Epochs = 5,
            LoggingSteps = 1,
            SaveStrategy = IntervalStrategy.No,
            MaxGradientNorm = maxNorm,
        };
        using var trainer = new Trainer(
            model, adapter, (_, _, _) => new StepSettings(3e-4, 0, false), TinyLora.Examples(file), [], options);

        trainer.Run(_ => { });

        var losses = Losses("bloom", recorded);
        Assert.Equal(5, trainer.State.LogHistory.Count);
        Assert.All(trainer.State.LogHistory, (entry, step) =>
            Close.Relative($"bloom-tiny-lora losses, {recorded}", losses[step], entry["loss"], 1e-5));
        AssertWeights("bloom", recorded, adapter, file);
    }

    [Fact]
    public void Classify_BertWithAdapter_LogitsLossAndGradientsEqualPeft()
    {
        using var scope = NewDisposeScope();
        using var file = Recorded("bert");
        var (model, adapter) = TinyFamilies.LoadBert(elastic: false);
        var logits = Logits(model, file);
        Close.Recorded("bert-tiny-lora logits", file.Load("logits"), logits, 1e-4);

        var loss = nn.functional.cross_entropy(logits, file.Load("labels"));
        loss.backward();

        Close.Relative("bert-tiny-lora loss", file.Load("loss").item<float>(), loss.item<float>(), 1e-5);
        Assert.Contains(adapter.Parameters, named => named.Name == "classifier.weight");
        AssertGradients("bert", adapter, file);
    }

    [Theory]
    [InlineData("llama", 0.0, "noclip")]
    [InlineData("llama", 1.0, "clip1")]
    [InlineData("bloom", 0.0, "noclip")]
    [InlineData("bloom", 1.0, "clip1")]
    [InlineData("bert", 0.0, "noclip")]
    [InlineData("bert", 1.0, "clip1")]
    public void Step_FiveTimes_LossesNormsAndWeightsEqualPeft(string family, double maxNorm, string recorded)
    {
        using var scope = NewDisposeScope();
        using var file = Recorded(family);
        var (compute, adapter) = Objective(family, file);
        var parameters = adapter.Parameters.Select(named => named.Parameter).ToArray();
        var optimizer = optim.AdamW(parameters, lr: 3e-4, weight_decay: 0);
        var (losses, norms) = (Losses(family, recorded), GradientNorms(family, recorded));
        Assert.Equal((6, 5), (losses.Length, norms.Length));
        for (int step = 0; step <= 5; step++)
        {
            var loss = compute();
            Close.Relative($"{family}-tiny-lora losses, {recorded}", losses[step], loss.item<float>(), 1e-5);
            if (step == 5)
            {
                break;
            }

            optimizer.zero_grad();
            loss.backward();
            double norm = nn.utils.clip_grad_norm_(parameters, maxNorm > 0 ? maxNorm : 1e9);
            Close.Relative($"{family}-tiny-lora gradient norms", norms[step], norm, 1e-4);

            optimizer.step();
        }

        AssertWeights(family, recorded, adapter, file);
    }

    [Fact]
    public void Save_BertAdapter_KeepsTheClassifierAsPeftDoes()
    {
        using var scope = NewDisposeScope();
        var folder = Directory.CreateTempSubdirectory("lonas-test-").FullName;
        try
        {
            var (_, adapter) = TinyFamilies.LoadBert(elastic: false);
            PeftFolder.Save(folder, adapter, "bert-tiny");

            using var saved = SafetensorsFile.Open(Path.Combine(folder, PeftFolder.WeightsFile));
            var weights = Path.Combine(TinyFamilies.AdapterFolder("bert"), PeftFolder.WeightsFile);
            using var peft = SafetensorsFile.Open(weights);
            Assert.Equal(peft.Names.Order(), saved.Names.Order());
            Assert.All(
                peft.Names,
                name => Assert.Equal(peft.Load(name).bytes.ToArray(), saved.Load(name).bytes.ToArray()));
            Assert.Equal(LoraOptions.ClassificationTask, PeftFolder.LoadOptions(folder).TaskType);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A family's recorded loss, which is computed again after each step.</summary>
    private static (Func<Tensor> Loss, SuperAdapter Adapter) Objective(string family, SafetensorsFile file)
    {
        if (family == "bert")
        {
            var (classifier, trained) = TinyFamilies.LoadBert(elastic: false);
            return (() => nn.functional.cross_entropy(Logits(classifier, file), file.Load("labels")), trained);
        }

        var (model, adapter) = TinyFamilies.LoadCausal(family, elastic: false);
        return (() => CausalLoss.Compute(model, TokenBatch.Pad(TinyLora.Examples(file), [0, 1, 2]))!, adapter);
    }

    private static SafetensorsFile Recorded(string family) =>
        SafetensorsFile.Open(Repository.Fixture($"{family}-tiny-lora", "expected.safetensors"));

    private static double[] Losses(string family, string recorded) => Numbers(family, $"losses_{recorded}");

    private static double[] GradientNorms(string family, string recorded) => Numbers(family, $"grad_norms_{recorded}");

    private static double[] Numbers(string family, string key) =>
        [.. JsonInput.Load(Repository.Fixture($"{family}-tiny-lora", "expected.json"), "fixture")
            .GetProperty(key).EnumerateArray().Select(value => value.GetDouble())];

    private static Tensor Logits(LoNas.Models.ISequenceClassifier model, SafetensorsFile file) => model.Classify(
        file.Load("input_ids"), file.Load("attention_mask").to(ScalarType.Bool), file.Load("token_type_ids"));

    /// <summary>PEFT saves a layer that is trained in full under modules_to_save.</summary>
    private static string PeftName(string name) =>
        "base_model.model." + name.Replace("classifier.", "classifier.modules_to_save.", StringComparison.Ordinal);

    private static void AssertGradients(string family, SuperAdapter adapter, SafetensorsFile file)
    {
        foreach (var (name, parameter) in adapter.Parameters)
        {
            var recorded = file.Load($"grad.{PeftName(name)}");
            Close.Gradient($"{family}-tiny-lora gradients", recorded, parameter.grad!);
        }
    }

    private static void AssertWeights(string family, string recorded, SuperAdapter adapter, SafetensorsFile file)
    {
        foreach (var (name, parameter) in adapter.Parameters)
        {
            var difference = (file.Load($"after5_{recorded}.{PeftName(name)}") - parameter).abs();
            // AdamW normalises, so elements whose gradient is near zero may step the other way; a few are allowed.
            long outliers = difference.gt(5e-5).sum().item<long>();
            Assert.True(outliers <= 0.01 * parameter.numel(), $"{outliers} of {parameter.numel()} differ in {name}");
            Close.Recorded(
                $"{family}-tiny-lora weights after 5 steps, {recorded}", zeros_like(difference), difference, 1.5e-3,
                "5e-5 abs for 99 %, 1.5e-3 abs for the rest");
        }
    }
}
