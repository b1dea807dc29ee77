using LoNas.Data;
using LoNas.Errors;
using LoNas.Runtime;

namespace LoNas.Training;

/// <summary>
/// One session of a run: epochs of micro-steps with what is due after them. Conventions are those of Hugging Face's Trainer
/// 4.31: an incomplete window at an epoch's end carries over into the next.
/// </summary>
internal sealed class TrainingLoop(
    Trainer trainer, StepReporter reporter, CheckpointSaver saver, CancellationToken cancel)
{
    private readonly TrainingOptions _options = trainer.Options;
    private readonly int _maxSteps = trainer.Plan.MaxSteps;

    private TrainerState State => trainer.State;

    /// <summary>Trains until the planned steps are done.</summary>
    public void Run()
    {
        if (State.EvaluationDue)
        {
            Evaluate(owed: true);
        }

        // A run that was killed between its last step and that epoch's end still has the end before it.
        while (State.GlobalStep < _maxSteps || State.MicroStep > 0)
        {
            RunEpoch();
        }
    }

    /// <summary>Measures the validation loss.</summary>
    /// <param name="owed">Whether, interrupted, it is the first thing to do when the run goes on.</param>
    public void Evaluate(bool owed)
    {
        State.EvaluationDue = owed;
        try
        {
            if (trainer.Validation.Measure(cancel) is var (maximal, minimal))
            {
                reporter.Evaluation(State, maximal, minimal);
            }

            State.EvaluationDue = false;
        }
        catch (OperationCanceledException)
        {
            saver.Save();
            throw;
        }
    }

    private void RunEpoch()
    {
        // The shuffle's state stays that of the epoch's start until the epoch ends: a resumed run shuffles again.
        var order = SeededRandom.FromState(State.ShuffleState);
        var sampler = new BatchSampler(
            trainer.Examples, _options.BatchSize, order, _options.GroupByLength ? _options.AccumulationSteps : null);
        foreach (var batch in sampler.Epoch(skippedBatches: State.MicroStep))
        {
            if (State.GlobalStep >= _maxSteps)
            {
                break;
            }

            StopIfAsked();
            // A skipped step does not move the schedule, as in Hugging Face's Trainer.
            var settings = trainer.Schedule(State.EpochsFinished, State.MicroStep, State.GlobalStep - State.SkippedSteps);
            trainer.MicroStep.Run(batch, settings, trainer.Randomness.Draws, State);
            State.MicroStep++;
            State.Epoch = State.EpochsFinished + ((double)State.MicroStep / sampler.BatchesPerEpoch);
            bool lastOfShortEpoch = sampler.BatchesPerEpoch <= _options.AccumulationSteps && State.MicroStep == sampler.BatchesPerEpoch;
            if (State.MicroStepsDone % _options.AccumulationSteps == 0 || lastOfShortEpoch)
            {
                EndWindow(settings.LearningRate);
            }
        }

        // The planned steps may end within an epoch; it then counts as ended, as Transformers saves and evaluates there.
        if (State.MicroStep == sampler.BatchesPerEpoch || State.GlobalStep >= _maxSteps)
        {
            EndEpoch(order);
        }
    }

    private void StopIfAsked()
    {
        if (cancel.IsCancellationRequested)
        {
            saver.Save();
            cancel.ThrowIfCancellationRequested();
        }
    }

    private void EndWindow(double learningRate)
    {
        trainer.MicroStep.Settle(State);
        bool stepped = trainer.OptimizerStep.Run(learningRate, State);
        reporter.Step(State);
        if (!stepped)
        {
            reporter.Skipped(State, trainer.NumbersOf(State.WindowRecords));
            RequireMoreTries();
        }

        State.WindowRecords.Clear();
        State.WindowLossNotFinite = false;
        if (State.GlobalStep % _options.LoggingSteps == 0)
        {
            reporter.Log(State, learningRate);
        }

        if (_options.EvaluationStrategy == IntervalStrategy.Steps && State.GlobalStep % _options.EvaluationSteps == 0)
        {
            Evaluate(owed: true);
        }

        saver.SaveIfDue(_options.SaveStrategy == IntervalStrategy.Steps && State.GlobalStep % _options.SaveSteps == 0);
    }

    private void RequireMoreTries()
    {
        if (State.SkippedInARow > _options.MaxSkippedSteps)
        {
            throw new TrainingDivergedException(DivergenceMessage.Of(
                State, _options, trainer.NumbersOf(State.WindowRecords), trainer.LastCheckpoint))
                .About(Setting.LearningRate, Setting.BaseType, Setting.SkippedSteps);
        }
    }

    private void EndEpoch(SeededRandom shuffled)
    {
        trainer.Randomness.Shuffle = shuffled;
        State.EpochsFinished++;
        State.MicroStep = 0;
        if (_options.EvaluationStrategy == IntervalStrategy.Epoch)
        {
            Evaluate(owed: true);
        }

        trainer.Randomness.Remember(State);
        saver.SaveIfDue(_options.SaveStrategy == IntervalStrategy.Epoch);
    }
}
