using LoNas.Data;
using LoNas.Elastic;
using LoNas.Storage;
using LoNas.Tests.Support;
using LoNas.Text;
using LoNas.Training;
using LoNas.Training.LearningRates;
using LoNas.Training.Optimizer;
using static TorchSharp.torch;

namespace LoNas.Tests.Training;

/// <summary>
/// A half-precision base under float32 adapters, float16 with loss scaling, trains as a float32 base does.
/// </summary>
public sealed class HalfPrecisionTests
{
    private const int Steps = 30;
    private const int Window = 5;

    private static readonly LoraOptions Lora = new()
    {
        Rank = 8,
        Alpha = 16,
        Dropout = 0,
        TargetModules = ["q_proj", "k_proj", "v_proj", "up_proj", "gate_proj", "down_proj"],
    };

    [Theory]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    public void Run_HalfPrecision_LossCurveIsWithinOnePercentOfFloat32(ScalarType type)
    {
        var (expected, _) = Train(ScalarType.Float32);
        var (found, state) = Train(type);

        Assert.True(expected[0] - expected[^1] > 0.5, "the model learns");
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 0.01 * pair.First));
        Assert.Equal(0, state.SkippedSteps);
        Assert.Equal(type == ScalarType.Float16 ? LossScaler.InitialScale : null, state.LossScale);
    }

    /// <summary>Mean losses of windows of steps.</summary>
    private static (double[] Losses, TrainerState State) Train(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var (model, adapter) = TinyModels.LoadCausal(SampleRun.Model, Lora, type, seed: 3);
        using var trainer = new Trainer(
            model, adapter, (_, _, _) => new StepSettings(3e-3, 0, false), Examples(), [],
            new TrainingOptions
            {
                BatchSize = 4,
                Epochs = 1,
                LoggingSteps = Window,
                SaveStrategy = IntervalStrategy.No,
            });

        trainer.Run(_ => { });

        return ([.. trainer.State.LogHistory.Select(entry => entry["loss"])], trainer.State);
    }

    /// <summary>Word problems with their answers.</summary>
    private static TrainingExample[] Examples()
    {
        var tokenizer = TextTokenizer.Load(SampleRun.Model);
        using var sample = new SampleRun(trainingRecords: 4 * Steps);
        return [.. JsonInput.Load(sample.Dataset, "sample").EnumerateArray().Select(problem =>
        {
            var instruction = problem.GetProperty("instruction").GetString();
            int[] ids = tokenizer.Encode($"{instruction} {problem.GetProperty("output").GetString()}");
            return new TrainingExample(ids, ids);
        })];
    }
}
