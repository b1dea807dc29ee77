using LoNas.Bench.Eager;
using LoNas.Data;
using LoNas.Elastic;
using LoNas.Formats.Peft;
using LoNas.Tests.Support;
using LoNas.Training;
using LoNas.Training.LearningRates;
using static TorchSharp.torch;

namespace LoNas.Tests.Bench;

/// <summary>Training against the plain step that bench train compares it with, on the same sub-adapters.</summary>
public sealed class EagerStepTests
{
    private const int Steps = 20;
    private const double LearningRate = 3e-3;

    [Theory]
    [InlineData("llama-tiny")]
    [InlineData("llama-gqa-tiny")]
    public void Run_TwentySteps_LossesEqualTheEagerStepsWithTheSameSubAdapters(string name)
    {
        using var scope = NewDisposeScope();
        var (model, adapter) = TinyModels.LoadCausal(name, Lora);
        adapter.Attach(TinyLora.Configuration.Bind(adapter.Shapes));
        var twin = EagerTwin.Of(Repository.Fixture(name), adapter);
        using var eager = new EagerTraining(twin.Model, twin.Parameters, LearningRate);
        TrainingExample[] examples = [Example(1), Example(2), Example(3), Example(4)];
        var batch = TokenBatch.Pad(examples, [0, 1, 2, 3]);
        var (expected, widths) = (new List<double>(), new List<string>());
        using var trainer = new Trainer(
            model, adapter, (_, _, _) => new StepSettings(LearningRate, int.MaxValue, true), examples, [], Options);

        trainer.Run(record =>
        {
            if (record.Event == TrainingEvent.Step)
            {
                Cut(twin.Linears, adapter);
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

    /// <summary>The step's record comes after the step: what was active is active still.</summary>
    private static void Cut(IReadOnlyDictionary<string, EagerLinear> linears, SuperAdapter adapter)
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
