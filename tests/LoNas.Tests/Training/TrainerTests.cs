using LoNas.Data;
using LoNas.Elastic;
using LoNas.Formats.Peft;
using LoNas.Storage;
using LoNas.Tests.Support;
using LoNas.Training;
using LoNas.Training.Checkpoints;
using LoNas.Training.LearningRates;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Tests.Training;

public sealed class TrainerTests
{
    private static readonly TrainingSchedule ConstantRate = (_, _, _) => new StepSettings(3e-4, 0, false);

    private static TrainingOptions FiveSteps => new()
    {
        BatchSize = 3,
        Epochs = 5,
        LoggingSteps = 1,
        SaveStrategy = IntervalStrategy.No,
    };

    [Theory]
    [InlineData(0.0, "noclip")]
    [InlineData(1.0, "clip1")]
    public void Run_RecordedBatch_LossesAndWeightsEqualPeft(double maxNorm, string recorded)
    {
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(Repository.Fixture("llama-tiny-lora", "expected.safetensors"));
        var (model, adapter) = TinyLora.Load(elastic: false);
        var before = adapter.Parameters.ToDictionary(named => named.Name, named => named.Parameter.detach().clone());
        var options = FiveSteps with { MaxGradientNorm = maxNorm };
        using var trainer = new Trainer(model, adapter, ConstantRate, TinyLora.Examples(file), [], options);

        trainer.Run(_ => { });

        var losses = TinyLora.Numbers("expected.json", $"losses_{recorded}");
        Assert.Equal(5, trainer.State.LogHistory.Count);
        Assert.All(trainer.State.LogHistory, (entry, step) =>
            Close.Relative($"llama-tiny-lora losses, {recorded}", losses[step], entry["loss"], 1e-5));
        foreach (var (name, parameter) in adapter.Parameters)
        {
            var expected = file.Load($"after5_{recorded}.base_model.model.{name}");
            Assert.True(
                before[name].sub(expected).abs().max().item<float>() > 5e-4, "the recorded steps moved the weights");
            var difference = (expected - parameter).abs();
            // AdamW normalises, so elements whose gradient is near zero may step the other way; a few are allowed.
            long outliers = difference.gt(5e-5).sum().item<long>();
            Assert.True(outliers <= 0.01 * parameter.numel(), $"{outliers} of {parameter.numel()} differ in {name}");
            Close.Recorded(
                $"llama-tiny-lora weights after 5 steps, {recorded}", zeros_like(difference), difference, 1.5e-3,
                "5e-5 abs for 99 %, 1.5e-3 abs for the rest");
        }
    }

    [Fact]
    public void Run_SameSeedTwice_AdaptersAreIdenticalAndAnotherSeedDiffers()
    {
        Assert.Equal(TrainOnce(seed: 7), TrainOnce(seed: 7));
        Assert.NotEqual(TrainOnce(seed: 7), TrainOnce(seed: 8));
    }

    [Fact]
    public void Run_InterruptedAtACheckpoint_EndsWithTheSameBits()
    {
        var folder = Directory.CreateTempSubdirectory("lonas-test-").FullName;
        try
        {
            var unbroken = TrainOnce(seed: 7);
            // With 5 micro-batches per epoch and windows of 2, the checkpoint of step 3 lies inside an epoch.
            TrainOnce(seed: 7, folder, stopAfter: 3);
            Assert.Equal(unbroken, TrainOnce(seed: 7, folder, resumeAt: 3));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Run_OverManySteps_LeaksNoTensors()
    {
        using var scope = NewDisposeScope();
        var (model, adapter) = ElasticModel();
        using var trainer = NewTrainer(model, adapter, seed: 3, epochs: 8);
        long? first = null;
        trainer.Run(record =>
        {
            // After the first step the optimiser's moments exist, so from then on the count must not change.
            long alive = TensorCount.Alive;
            first = record.Step == 2 ? alive : first;
            if (record.Step > 2)
            {
                Assert.Equal(first, alive);
            }
        });
        // 5 micro-batches in windows of 2 are planned as 2 steps per epoch.
        Assert.Equal(16, trainer.State.GlobalStep);
    }

    [Fact]
    public void Run_InterruptedWithinAnAccumulationWindow_EndsWithTheSameBits()
    {
        var folder = Directory.CreateTempSubdirectory("lonas-test-").FullName;
        try
        {
            // With 5 micro-batches per epoch and windows of 2, the first epoch ends in the middle of a window.
            var unbroken = TrainOnce(seed: 7);
            TrainOnce(seed: 7, folder, stopAfter: 2, stopAt: TrainingEvent.Checkpoint, every: IntervalStrategy.Epoch);
            var last = TrainingCheckpoint.All(folder)[^1];
            var state = JsonInput.Load(Path.Combine(last, RunStateFile.Name), "state");
            Assert.Equal(1, state.GetProperty("micro_steps_in_window").GetInt32());

            Assert.Equal(unbroken, TrainOnce(seed: 7, folder, resumeAt: 2));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Run_EpochsShorterThanTheWindow_StepAsTransformersCounts()
    {
        using var scope = NewDisposeScope();
        var (model, adapter) = ElasticModel();
        int[] ids = [1, 5, 9, 4];
        TrainingExample[] examples = [.. Enumerable.Repeat(new TrainingExample(ids, ids), 3)];
        var options = FiveSteps with { BatchSize = 1, AccumulationSteps = 4, Epochs = 3 };
        using var trainer = new Trainer(model, adapter, ConstantRate, examples, [], options);
        var steps = new List<long>();

        trainer.Run(record => steps.Add(record.Event == TrainingEvent.Step ? trainer.State.MicroStepsDone : 0));

        // At an epoch's last micro-step, and at every fourth one of the run.
        Assert.Equal([3, 4, 6], steps.Where(step => step > 0));
    }

    [Fact]
    public void Run_AfterGeneratingWithTheSameModel_Trains()
    {
        using var scope = NewDisposeScope();
        var (model, adapter) = ElasticModel();
        LoNas.Generation.TextGenerator.Generate(
            model, [5, 6], new LoNas.Generation.GenerationOptions { MaxNewTokens = 2 });
        using var trainer = NewTrainer(model, adapter, seed: 3, epochs: 1);

        trainer.Run(_ => { });

        Assert.Equal(2, trainer.State.GlobalStep);
    }

    [Fact]
    public void Run_BatchWithoutLabels_ContributesNothing()
    {
        using var scope = NewDisposeScope();
        var (model, adapter) = ElasticModel();
        var before = adapter.Parameters.Select(named => named.Parameter.bytes.ToArray()).ToArray();
        TrainingExample[] examples = [new([1, 5, 9, 4], [-100, -100, -100, -100])];
        using var trainer = new Trainer(model, adapter, ConstantRate, examples, [], FiveSteps with { Epochs = 1 });

        trainer.Run(_ => { });

        Assert.Equal(0, trainer.State.TotalLoss);
        Assert.Equal(before, adapter.Parameters.Select(named => named.Parameter.bytes.ToArray()).ToArray());
    }

    private static (LoNas.Models.ICausalModel Model, SuperAdapter Adapter) ElasticModel(long seed = 1)
    {
        var lora = PeftFolder.LoadOptions(TinyLora.Folder) with { Dropout = 0.1 };
        var (model, adapter) = TinyModels.LoadCausal("llama-tiny", lora, seed: seed);
        adapter.Attach(TinyLora.Configuration.Bind(adapter.Shapes));
        return (model, adapter);
    }

    private static Trainer NewTrainer(
        LoNas.Models.ICausalModel model,
        SuperAdapter adapter,
        long seed,
        int epochs,
        IntervalStrategy every = IntervalStrategy.Steps)
    {
        var random = new LoNas.Runtime.SeededRandom(5);
        TrainingExample[] examples =
        [
            .. Enumerable.Range(0, 10)
                .Select(_ => Enumerable.Range(0, 6 + random.Next(6)).Select(_ => random.Next(320)).ToArray())
                .Select(ids => new TrainingExample(ids, ids)),
        ];
        var options = new TrainingOptions
        {
            BatchSize = 2,
            AccumulationSteps = 2,
            Epochs = epochs,
            Seed = seed,
            LoggingSteps = 2,
            SaveSteps = 3,
            SaveStrategy = every,
        };
        // 10 records in batches of 2 make 5 micro-steps per epoch.
        return new Trainer(model, adapter, Schedules.Elastic(TinyLora.Configuration, 5), examples, [], options);
    }

    private static byte[][] TrainOnce(
        long seed,
        string? folder = null,
        int? stopAfter = null,
        int? resumeAt = null,
        TrainingEvent stopAt = TrainingEvent.Step,
        IntervalStrategy every = IntervalStrategy.Steps)
    {
        using var scope = NewDisposeScope();
        var (model, adapter) = ElasticModel(seed);
        using var trainer = NewTrainer(model, adapter, seed, epochs: 3, every);
        using var stop = new CancellationTokenSource();
        if (resumeAt is not null)
        {
            TrainingCheckpoint.Restore(TrainingCheckpoint.All(folder!)[^1], trainer, adapter);
            Assert.Equal(resumeAt, trainer.State.GlobalStep);
        }

        Func<Trainer, string>? save = folder is null
            ? null
            : t => TrainingCheckpoint.Save(folder, t, into => PeftFolder.Save(into, adapter, "llama-tiny"), limit: 2);
        try
        {
            trainer.Run(record => CancelAt(record, stopAfter, stopAt, stop), save, stop.Token);
        }
        catch (OperationCanceledException) when (stopAfter is not null)
        {
            Assert.Equal(stopAfter, trainer.State.GlobalStep);
        }

        return [.. adapter.Parameters.Select(named => named.Parameter.bytes.ToArray())];
    }

    private static void CancelAt(TrainingRecord record, int? step, TrainingEvent kind, CancellationTokenSource stop)
    {
        if (record.Step == step && record.Event == kind)
        {
            stop.Cancel();
        }
    }
}
