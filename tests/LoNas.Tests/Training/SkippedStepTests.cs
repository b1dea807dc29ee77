using LoNas.Errors;
using LoNas.Models;
using LoNas.Tests.Support;
using LoNas.Training;
using LoNas.Training.Checkpoints;
using LoNas.Training.LearningRates;
using LoNas.Training.Optimizer;
using static TorchSharp.torch;
using AdamW = LoNas.Training.Optimizer.AdamW;
using Parameter = TorchSharp.Modules.Parameter;

namespace LoNas.Tests.Training;

/// <summary>Losses and gradients that are not finite.</summary>
public sealed class SkippedStepTests
{
    private static TrainingOptions Options => new()
    {
        BatchSize = 2,
        AccumulationSteps = 2,
        Epochs = 3,
        Seed = 7,
        LoggingSteps = 1,
        SaveSteps = 1,
    };

    [Fact]
    public void Session_OneBadRecord_SkipsItsStepsAndNamesIt()
    {
        // Only example 4 has the token 24; 3 epochs of 5 micro-steps, of which 4 fill windows, meet it two or three
        // times.
        using var run = new ResumedRun(Options) { BeforeMicroStep = (model, _) => Poison(model, 24) };

        var (parameters, state) = run.ToTheEnd();

        var skipped = run.Reported.Where(record => record.Event == TrainingEvent.SkippedStep).ToArray();
        Assert.InRange(skipped.Length, 2, 3);
        Assert.All(skipped, record =>
        {
            Assert.Equal("loss", record.NotFinite);
            Assert.InRange(record.Records!.Count, 3, 4);
            Assert.Contains(5, record.Records!);
            Assert.All(record.Records!, number => Assert.InRange(number, 1, ResumedRun.Records));
        });
        Assert.Equal(Enumerable.Range(1, skipped.Length), skipped.Select(record => record.SkippedSteps!.Value));
        Assert.Contains($"\"skipped_steps\": {skipped.Length}", state);
        Assert.Equal(6, run.Reported.Count(record => record.Event == TrainingEvent.Step));
        Assert.All(run.Reported, record => Assert.True(double.IsFinite(record.Loss ?? 0)));
        Assert.All(parameters, bytes => Assert.All(Floats(bytes), value => Assert.True(float.IsFinite(value))));
        // No checkpoint is written after a skipped step; the next good step writes it instead.
        var bad = skipped.Select(record => record.Step).ToHashSet();
        Assert.All(
            run.Reported.Where(record => record.Event == TrainingEvent.Checkpoint),
            record => Assert.DoesNotContain(record.Step, bad));
    }

    [Fact]
    public void Session_StoppedOrKilledInABadWindow_SkipsTheSameStepsAndEndsTheSame()
    {
        using var unbroken = new ResumedRun(Options) { BeforeMicroStep = (model, _) => Poison(model, 24) };
        var whole = unbroken.ToTheEnd();
        var expected = Skips(unbroken);
        foreach (int at in new[] { 3, 4, 6, 9 })
        {
            using var stopped = new ResumedRun(Options) { BeforeMicroStep = (model, _) => Poison(model, 24) };
            Assert.Null(stopped.Session(stopBefore: at));
            var end = stopped.ToTheEnd();
            Assert.Equal(whole.State, end.State);
            Assert.Equal(whole.Parameters, end.Parameters);
            Assert.Equal(expected, Skips(stopped));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Session_BadFromTheFourthStepOn_StopsAndLeavesTheLastGoodCheckpoint(int allowed)
    {
        using var healthy = new ResumedRun(Options);
        var whole = healthy.ToTheEnd();
        using var run = new ResumedRun(Options with { MaxSkippedSteps = allowed })
        {
            Limit = 1,
            BeforeMicroStep = (model, goodSteps) => Poison(model, goodSteps >= 3 ? null : -1),
        };

        var error = Assert.Throws<TrainingDivergedException>(() => run.Session());

        var last = Path.Combine(run.Folder, "checkpoint-3");
        Assert.StartsWith($"Training stopped at step {4 + allowed} of 6: ", error.Message);
        Assert.Contains(
            $"{allowed + 1} optimiser steps in a row were not finite, and {allowed} are allowed", error.Message);
        Assert.Contains(Setting.SkippedSteps, error.Settings());
        Assert.Contains($" The last good checkpoint is '{last}'. ", error.Message);
        Assert.Equal([last], TrainingCheckpoint.All(run.Folder));
        Assert.Equal(allowed + 1, run.Reported.Count(record => record.Event == TrainingEvent.SkippedStep));
        // A run that resumes from it with good weights ends as if the weights had been good all along.
        using var repaired = new ResumedRun(Options);
        Directory.Move(last, Path.Combine(repaired.Folder, "checkpoint-3"));
        Assert.Equal(whole.Parameters, repaired.ToTheEnd().Parameters);
    }

    [Fact]
    public void Run_RecordNumbersGiven_NamesRecordsByThem()
    {
        using var scope = NewDisposeScope();
        var (model, adapter) = TinyLora.Load(elastic: false);
        Poison(model, null);
        using var trainer = new Trainer(
            model, adapter, (_, _, _) => new StepSettings(1e-3, 0, false), ResumedRun.Examples(4), [],
            Options with { MaxSkippedSteps = 0, BatchSize = 4, AccumulationSteps = 1 })
        {
            RecordNumbers = [11, 12, 14, 19],
        };

        var error = Assert.Throws<TrainingDivergedException>(() => trainer.Run(_ => { }));

        Assert.Matches("had the records (\\d\\d(, )?){4};", error.Message);
        Assert.All(new[] { "11", "12", "14", "19" }, number => Assert.Contains(number, error.Message));
        Assert.Contains(" No checkpoint was written. ", error.Message);
    }

    [Fact]
    public void OptimizerStep_GradientNotFinite_LeavesParametersAndMoments()
    {
        using var scope = NewDisposeScope();
        var parameter = new Parameter(ones(20));
        using var optimizer = new AdamW([("p", parameter)], 0.1);
        var scaler = new LossScaler();
        var step = new OptimizerStep(optimizer, scaler, 1);
        var state = new TrainerState();
        parameter.grad = full(20, 65536.0);
        Assert.True(step.Run(1e-2, state));
        var (value, average) = (parameter.bytes.ToArray(), optimizer.Moments[0].Average.bytes.ToArray());
        parameter.grad = full(20, float.PositiveInfinity);

        Assert.False(step.Run(1e-2, state));

        Assert.Equal(value, parameter.bytes.ToArray());
        Assert.Equal(average, optimizer.Moments[0].Average.bytes.ToArray());
        Assert.Equal((2, 1, 1, 32768.0), (state.GlobalStep, state.SkippedSteps, state.SkippedInARow, state.LossScale));
        parameter.grad = ones(20);
        Assert.True(step.Run(1e-2, state));
        Assert.Equal((3, 1, 0), (state.GlobalStep, state.SkippedSteps, state.SkippedInARow));
    }

    [Fact]
    public void Run_SkippedSteps_DoNotMoveTheSchedule()
    {
        using var scope = NewDisposeScope();
        var (model, adapter) = TinyLora.Load(elastic: false);
        Poison(model, 21);
        var seen = new List<int>();
        using var trainer = new Trainer(
            model, adapter, Watched, ResumedRun.Examples(3), [], Options with { BatchSize = 1, AccumulationSteps = 1 });

        trainer.Run(_ => { });

        Assert.Equal(3, trainer.State.SkippedSteps);
        Assert.Equal(9, trainer.State.GlobalStep);
        Assert.Equal(9, seen.Count);
        Assert.Equal(Enumerable.Range(0, 6), seen.Distinct().Where(step => step < 6));

        StepSettings Watched(int epoch, int microStep, int optimizerStep)
        {
            seen.Add(optimizerStep);
            return new StepSettings(1e-3, 0, false);
        }
    }

    [Fact]
    public void Run_Float16Base_ScalesTheLossAndTrainsAsFloat32Does()
    {
        using var scope = NewDisposeScope();
        double[] half = Losses(ScalarType.Float16, out var scaled);
        double[] single = Losses(ScalarType.Float32, out var plain);

        Assert.NotNull(scaled.LossScale);
        Assert.Equal(65536 * Math.Pow(0.5, scaled.SkippedSteps), scaled.LossScale);
        Assert.Equal(8 - scaled.SkippedInARow, scaled.LossScaleGoodSteps + scaled.SkippedSteps);
        Assert.Null(plain.LossScale);
        Assert.True(single[^1] < single[0] - 0.02, "the steps moved the weights");
        Assert.All(half.Zip(single), pair => Assert.Equal(pair.Second, pair.First, 2e-2));
    }

    [Fact]
    public void Session_Float16BaseStoppedAnywhere_EndsTheSame()
    {
        using var unbroken = new ResumedRun(Options, ScalarType.Float16);
        var whole = unbroken.ToTheEnd();
        Assert.Contains("\"loss_scale\": ", whole.State);
        foreach (int at in new[] { 1, 4, 7 })
        {
            using var stopped = new ResumedRun(Options, ScalarType.Float16);
            Assert.Null(stopped.Session(stopBefore: at));
            var end = stopped.ToTheEnd();
            Assert.Equal(whole.State, end.State);
            Assert.Equal(whole.Parameters, end.Parameters);
        }
    }

    private static double[] Losses(ScalarType dtype, out TrainerState state)
    {
        var (model, adapter) = TinyLora.Load(elastic: false, dtype);
        using var trainer = new Trainer(
            model, adapter, (_, _, _) => new StepSettings(3e-3, 0, false), ResumedRun.Examples(4), [],
            Options with { BatchSize = 4, AccumulationSteps = 1, Epochs = 8 });
        trainer.Run(_ => { });
        state = trainer.State;
        return [.. state.LogHistory.Select(entry => entry["loss"])];
    }

    /// <summary>Sets the embedding of a token to NaN; null means all tokens, -1 none.</summary>
    private static void Poison(ICausalModel model, int? token)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var embedding = ((nn.Module)model).named_parameters()
            .Single(named => named.name.EndsWith("embed_tokens.weight", StringComparison.Ordinal)).parameter;
        if (token != -1)
        {
            (token is { } row ? embedding[row] : embedding).fill_(double.NaN);
        }
    }

    private static (int Step, string Records)[] Skips(ResumedRun run) =>
    [
        .. run.Reported.Where(record => record.Event == TrainingEvent.SkippedStep)
            .Select(record => (record.Step, string.Join(",", record.Records!))),
    ];

    private static float[] Floats(byte[] bytes) =>
        System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes).ToArray();
}
