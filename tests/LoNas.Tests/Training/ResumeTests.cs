using System.Text.Json;
using LoNas.Training;
using LoNas.Training.Checkpoints;
using static TorchSharp.torch;

namespace LoNas.Tests.Training;

/// <summary>
/// A run that is interrupted or killed before any of its micro-steps ends in the same bits and the same log.
/// </summary>
public sealed class ResumeTests
{
    /// <summary>
    /// 10 records in batches of 2: 5 micro-steps per epoch, windows that cross the ends of epochs, 2 stages.
    /// </summary>
    private static TrainingOptions ThreeEpochs => new()
    {
        BatchSize = 2,
        AccumulationSteps = 2,
        Epochs = 3,
        Seed = 7,
        LoggingSteps = 2,
        SaveSteps = 2,
        EvaluationStrategy = IntervalStrategy.Steps,
        EvaluationSteps = 2,
        WeightDecay = 0.01,
    };

    [Theory]
    [InlineData(2, IntervalStrategy.Steps, ScalarType.Float32, 1)]
    [InlineData(3, IntervalStrategy.Epoch, ScalarType.Float32, 2)]
    [InlineData(7, IntervalStrategy.No, ScalarType.Float32, 3)]
    [InlineData(2, IntervalStrategy.Epoch, ScalarType.BFloat16, 3)]
    public void Session_StoppedOrKilledBeforeAnyMicroStep_EndsTheSame(
        int window, IntervalStrategy every, ScalarType dtype, int stride)
    {
        var options = ThreeEpochs with { AccumulationSteps = window, SaveStrategy = every };
        using var unbroken = new ResumedRun(options, dtype);
        var whole = unbroken.ToTheEnd();
        int microSteps = JsonDocument.Parse(whole.State).RootElement.GetProperty("micro_steps_done").GetInt32();
        Assert.InRange(microSteps, 9, 15);
        for (int at = 0; at < microSteps; at += stride)
        {
            using var stopped = new ResumedRun(options, dtype) { Limit = 1 };
            Assert.Null(stopped.Session(stopBefore: at));
            AssertSame(whole, stopped.ToTheEnd());
            using var killed = new ResumedRun(options, dtype) { Limit = 1 };
            Assert.Null(killed.Session(killBefore: at));
            AssertSame(whole, killed.ToTheEnd());
        }
    }

    [Fact]
    public void Session_GroupedPackedAndCheckpointed_EndsTheSameAndOnlyCheckpointingChangesNothing()
    {
        var options = ThreeEpochs with { GroupByLength = true, Packing = true, GradientCheckpointing = true };
        byte[][] Whole(TrainingOptions chosen)
        {
            using var run = new ResumedRun(chosen);
            return run.ToTheEnd().Parameters;
        }

        using var unbroken = new ResumedRun(options);
        var whole = unbroken.ToTheEnd();
        foreach (int at in new[] { 1, 4, 8 })
        {
            using var stopped = new ResumedRun(options);
            Assert.Null(stopped.Session(stopBefore: at));
            AssertSame(whole, stopped.ToTheEnd());
        }

        Assert.Equal(whole.Parameters, Whole(options with { GradientCheckpointing = false }));
        Assert.NotEqual(whole.Parameters, Whole(options with { GroupByLength = false }));
        Assert.NotEqual(whole.Parameters, Whole(options with { Packing = false }));
    }

    [Theory]
    [InlineData(IntervalStrategy.Steps)]
    [InlineData(IntervalStrategy.Epoch)]
    public void Session_StoppedDuringValidation_MeasuresItWhenItGoesOn(IntervalStrategy every)
    {
        var options = ThreeEpochs with { EvaluationStrategy = every, SaveStrategy = IntervalStrategy.No };
        using var unbroken = new ResumedRun(options);
        var whole = unbroken.ToTheEnd();
        using var stopped = new ResumedRun(options);

        // A step is reported before its validation, so that the validation begins cancelled.
        for (int step = 1; step <= 6; step++)
        {
            int now = step;
            stopped.Session(stopIn: record => record.Event == TrainingEvent.Step && record.Step == now);
        }

        AssertSame(whole, stopped.ToTheEnd());
        Assert.Equal(
            unbroken.Reported.Count(record => record.Event == TrainingEvent.Evaluation),
            stopped.Reported.Count(record => record.Event == TrainingEvent.Evaluation));
    }

    [Fact]
    public void Session_StoppedWhileACheckpointIsWritten_SavesOnce()
    {
        var options = ThreeEpochs with { SaveStrategy = IntervalStrategy.Steps };
        using var run = new ResumedRun(options);

        Assert.Null(run.Session(stopIn: record => record is { Event: TrainingEvent.Checkpoint, Step: 2 }));

        var saved = run.Reported.Where(record => record.Event == TrainingEvent.Checkpoint);
        Assert.Equal([2], saved.Select(record => record.Step));
        Assert.Single(TrainingCheckpoint.All(run.Folder));
        // If it is stopped before it did anything new, it has nothing to save.
        Assert.Null(run.Session(stopBefore: 0, stopIn: _ => true));
    }

    [Theory]
    [InlineData(IntervalStrategy.Steps, 2, new[] { 4, 6 })]
    [InlineData(IntervalStrategy.Steps, null, new[] { 2, 4, 6 })]
    [InlineData(IntervalStrategy.Epoch, 1, new[] { 6 })]
    [InlineData(IntervalStrategy.Epoch, null, new[] { 2, 5, 6 })]
    [InlineData(IntervalStrategy.No, null, new int[0])]
    public void Session_SaveStrategyAndLimit_KeepTheNewest(IntervalStrategy every, int? limit, int[] steps)
    {
        using var run = new ResumedRun(ThreeEpochs with { SaveStrategy = every }) { Limit = limit };

        run.ToTheEnd();

        Assert.Equal(
            steps.Select(step => $"checkpoint-{step}"),
            TrainingCheckpoint.All(run.Folder).Select(path => Path.GetFileName(path)));
    }

    [Fact]
    public void Session_NewestCheckpointDamaged_GoesOnFromTheOneBeforeAndEndsTheSame()
    {
        using var unbroken = new ResumedRun(ThreeEpochs);
        var whole = unbroken.ToTheEnd();
        using var run = new ResumedRun(ThreeEpochs);
        Assert.Null(run.Session(killBefore: 10));
        var newest = TrainingCheckpoint.All(run.Folder)[^1];
        File.AppendAllText(Path.Combine(newest, "optimizer.bin"), "x");

        AssertSame(whole, run.ToTheEnd());

        Assert.Empty(TrainingCheckpoint.Newest(run.Folder).Damaged);
    }

    private static void AssertSame(
        (byte[][] Parameters, string State) expected, (byte[][] Parameters, string State) actual)
    {
        Assert.Equal(expected.State, actual.State);
        Assert.Equal(expected.Parameters, actual.Parameters);
    }
}
