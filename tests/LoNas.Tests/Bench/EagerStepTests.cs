using LoNas.Bench.Eager;
using LoNas.Data;
using LoNas.Elastic;
using LoNas.Formats.Peft;
using LoNas.Storage;
using LoNas.Tests.Support;
using LoNas.Training;
using LoNas.Training.LearningRates;
using LoNas.Weights;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoNas.Tests.Bench;

/// <summary>Training against the plain step that bench train compares it with, on the same sub-adapters.</summary>
public sealed class EagerStepTests
{
    private const int Steps = 20;
    private const double LearningRate = 3e-3;

    [Theory]
    [InlineData("llama-tiny", 4)]
    [InlineData("llama-gqa-tiny", 2)]
    public void Run_TwentySteps_LossesEqualTheEagerStepsWithTheSameSubAdapters(string name, long keyValueHeads)
    {
        using var scope = NewDisposeScope();
        var (model, adapter) = TinyModels.Load(name, Lora);
        adapter.Attach(TinyLora.Configuration.Bind(adapter.Shapes));
        using var eager = Eager(name, keyValueHeads, adapter, out var linears);
        TrainingExample[] examples = [Example(1), Example(2), Example(3), Example(4)];
        var batch = TokenBatch.Pad(examples, [0, 1, 2, 3]);
        var (expected, widths) = (new List<double>(), new List<string>());
        using var trainer = new Trainer(
            model, adapter, (_, _, _) => new StepSettings(LearningRate, int.MaxValue, true), examples, [], Options);

        trainer.Run(record =>
        {
            if (record.Event == TrainingEvent.Step)
            {
                Cut(linears, adapter);
                widths.Add(string.Join(",", adapter.Active!.Widths));
                using var ids = tensor(batch.InputIds).view(batch.Rows, batch.Columns);
                expected.Add(eager.Step(ids).Loss);
            }
        });

        Assert.True(widths.Distinct().Count() > Steps / 2, "the steps must train different sub-adapters");
        Assert.True(expected[^1] < expected[0] - 0.05, "something must have been learnt");
        Assert.Equal(Steps, trainer.State.LogHistory.Count);
        Assert.All(trainer.State.LogHistory, (entry, step) =>
            Close.Relative($"{name} losses of 20 elastic steps", expected[step], entry["loss"], 1e-5));
    }

    private static LoraOptions Lora => PeftFolder.LoadOptions(TinyLora.Folder);

    private static TrainingOptions Options => new()
    {
        BatchSize = 4,
        MaxSteps = Steps,
        LoggingSteps = 1,
        SaveStrategy = IntervalStrategy.No,
    };

    private static EagerTraining Eager(
        string name, long keyValueHeads, SuperAdapter adapter, out Dictionary<string, EagerLinear> linears)
    {
        using var weights = WeightFolder.Open(Repository.Fixture(name));
        var found = adapter.Layers.ToDictionary(entry => entry.Key, entry => new EagerLinear(
            entry.Value.Weight.detach().clone(),
            Copy(entry.Value.LoraA),
            Copy(entry.Value.LoraB),
            entry.Value.Scaling));
        var map = new WeightMap(weights, ScalarType.Float32);
        var config = JsonInput.Load(Repository.Fixture(name, "config.json"), "fixture");
        long hidden = config.GetProperty("hidden_size").GetInt64();
        int layers = config.GetProperty("num_hidden_layers").GetInt32();
        var shape = new EagerShape(
            layers, 4, keyValueHeads, hidden / 4, config.GetProperty("rms_norm_eps").GetDouble());
        var embedding =
            ((Tensor)map.Take("model.embed_tokens.weight", config.GetProperty("vocab_size").GetInt64(), hidden))
                .clone();
        found.TryAdd("lm_head", new EagerLinear(embedding, null, null, 0));
        string[] norms =
        [
            "model.norm.weight",
            .. Enumerable.Range(0, layers).SelectMany(layer => new[] { "input_layernorm", "post_attention_layernorm" }
                .Select(norm => $"model.layers.{layer}.{norm}.weight")),
        ];
        var others = norms.ToDictionary(path => path, path => ((Tensor)map.Take(path, hidden)).clone());
        others["model.embed_tokens.weight"] = embedding;
        linears = found;
        return new EagerTraining(
            new EagerLlama(shape, path => others[path], path => found[path]),
            [.. found.Values.SelectMany(linear => new[] { linear.Lower, linear.Upper }).OfType<Parameter>()],
            LearningRate);
    }

    private static Parameter? Copy(Parameter? parameter) =>
        parameter is null ? null : new Parameter(parameter.detach().clone());

    /// <summary>The step's record comes after the step: what was active is active still.</summary>
    private static void Cut(Dictionary<string, EagerLinear> linears, SuperAdapter adapter)
    {
        foreach (var (path, layer) in adapter.Layers)
        {
            linears[path].Cut = (layer.Active.In, layer.Active.Out, layer.Active.Rank);
        }
    }

    private static TrainingExample Example(int seed)
    {
        int[] ids = [.. Enumerable.Range(0, 24).Select(place => ((place * place) + (seed * 31)) % 300)];
        return new TrainingExample(ids, ids);
    }
}
