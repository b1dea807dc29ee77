using LoNas.Data;
using LoNas.Distributed;
using LoNas.Errors;
using LoNas.Runtime;
using LoNas.Training.LearningRates;
using LoNas.Training.Windows;

namespace LoNas.Training;

/// <summary>
/// A run from where its state stands to its end. Epochs consist of micro-steps; a full accumulation window ends in an
/// optimiser step, and logging, validation and checkpoints follow it when they are due. As in Hugging Face's Trainer
/// 4.31, a window that is incomplete at the end of an epoch carries over into the next.
/// </summary>
/// <param name="state">Where the run is; kept up to date after every micro-step.</param>
/// <param name="options">Batch size, window and intervals.</param>
/// <param name="schedule">The settings of each micro-step.</param>
/// <param name="examples">The training set.</param>
/// <param name="randomness">The shuffle and the draws of sub-adapters.</param>
/// <param name="ranks">The processes that train together.</param>
/// <param name="microStep">Computes a batch's gradients.</param>
/// <param name="window">Deals micro-batches to the ranks and sums their gradients.</param>
/// <param name="optimizerStep">Applies a window's gradients.</param>
/// <param name="validation">Measures the validation loss.</param>
/// <param name="reporter">Hears of everything that happens.</param>
/// <param name="saver">Writes checkpoints.</param>
/// <param name="cancel">
/// Stops after the current micro-step, with a checkpoint; several ranks stop after the current window.
/// </param>
internal sealed class TrainingLoop(
    TrainerState state,
    TrainingOptions options,
    TrainingSchedule schedule,
    IReadOnlyList<TrainingExample> examples,
    RunRandomness randomness,
    ICollectives ranks,
    MicroStep microStep,
    AccumulationWindow window,
    OptimizerStep optimizerStep,
    SuperAdapterValidation validation,
    StepReporter reporter,
    CheckpointSaver saver,
    CancellationToken cancel)
{
    /// <summary>Trains until the planned steps are done.</summary>
    /// <exception cref="TrainingDivergedException">Too many steps in a row had to be skipped.</exception>
    public void Run()
    {
        if (state.EvaluationDue)
        {
            Evaluate(owed: true);
        }

        // A run that was killed after its last step, but before the epoch ended, has only that end left to do.
        while (state.GlobalStep < state.MaxSteps || (state.MicroStep > 0 && !state.EpochEnded))
        {
            RunEpoch();
        }
    }

    private void RunEpoch()
    {
        // The state keeps the shuffle as it was when the epoch began, so that a resumed run shuffles the same way
        // again.
        var shuffle = SeededRandom.FromState(state.ShuffleState);
        var sampler = new BatchSampler(
            examples, options.BatchSize, shuffle, options.GroupByLength ? options.AccumulationSteps : null,
            options.PadTo, options.JoinTo);
        foreach (var batch in sampler.Epoch(skippedBatches: state.MicroStep))
        {
            if (state.GlobalStep >= state.MaxSteps)
            {
                break;
            }

            StopIfAsked();
            if (window.IsUndealt)
            {
                window.Deal(state.WindowSteps, WindowLength(sampler.BatchesPerEpoch));
            }

            var settings = RunMicroStep(batch);
            if (IsWindowFull(sampler.BatchesPerEpoch))
            {
                state.Epoch = state.EpochsFinished + ((double)state.MicroStep / sampler.BatchesPerEpoch);
                EndWindow(settings);
            }
        }

        // The last planned step ends its epoch early: Transformers saves and evaluates there too.
        if (state.MicroStep == sampler.BatchesPerEpoch || state.GlobalStep >= state.MaxSteps)
        {
            EndEpoch(shuffle, isWhole: state.MicroStep == sampler.BatchesPerEpoch);
        }
    }

    private void StopIfAsked()
    {
        // All ranks have to stop at the same place, and they meet between windows.
        bool isAsked = ranks.Size == 1 ? cancel.IsCancellationRequested
            : window.IsUndealt && ranks.Any(cancel.IsCancellationRequested);
        if (isAsked)
        {
            saver.Save();
            throw new OperationCanceledException(cancel);
        }
    }

    /// <summary>Adds a batch's gradients to its window.</summary>
    /// <returns>What holds should the window end here.</returns>
    private StepSettings RunMicroStep(TokenBatch batch)
    {
        // A skipped optimiser step does not move the schedule, as in Hugging Face's Trainer.
        var settings = schedule(state.EpochsFinished, state.MicroStep, state.GlobalStep - state.SkippedSteps);
        microStep.Run(batch, settings, randomness.Draws, state);
        state.MicroStep++;
        return settings;
    }

    private bool IsWindowFull(int batchesPerEpoch) =>
        IsWindowFull(batchesPerEpoch, state.MicroStep, state.MicroStepsDone);

    private bool IsWindowFull(int batchesPerEpoch, int microStep, long microStepsDone)
    {
        bool endsShortEpoch = batchesPerEpoch <= options.AccumulationSteps && microStep == batchesPerEpoch;
        return endsShortEpoch || microStepsDone % options.AccumulationSteps == 0;
    }

    /// <summary>How many micro-batches the current window will have had at its end, which may be epochs away.</summary>
    private int WindowLength(int batchesPerEpoch)
    {
        int length = state.WindowSteps;
        int microStep = state.MicroStep;
        do
        {
            length++;
            microStep = (microStep % batchesPerEpoch) + 1;
        }
        while (!IsWindowFull(batchesPerEpoch, microStep, state.MicroStepsDone + length - state.WindowSteps));
        return length;
    }

    private void EndWindow(StepSettings settings)
    {
        microStep.Settle(state);
        window.Close();
        bool stepped = optimizerStep.Run(settings.LearningRate, state);
        if (state.GlobalStep == 1)
        {
            window.RequireSame();
        }

        reporter.Step();
        if (!stepped)
        {
            reporter.Skipped();
            ThrowIfDiverged();
        }

        state.WindowRecords.Clear();
        state.WindowLossNotFinite = false;
        if (state.GlobalStep % options.LoggingSteps == 0)
        {
            reporter.Log((stepped ? settings.NextLearningRate : null) ?? settings.LearningRate);
        }

        if (options.EvaluationStrategy == IntervalStrategy.Steps && state.GlobalStep % options.EvaluationSteps == 0)
        {
            Evaluate(owed: true);
        }

        saver.SaveIfDue(options.SaveStrategy == IntervalStrategy.Steps && state.GlobalStep % options.SaveSteps == 0);
    }

    private void ThrowIfDiverged()
    {
        if (state.SkippedInARow > options.MaxSkippedSteps)
        {
            throw new TrainingDivergedException(
                DivergenceMessage.Of(state, options, reporter.WindowRecordNumbers, saver.LastFolder))
                .About(Setting.LearningRate, Setting.BaseType, Setting.SkippedSteps);
        }
    }

    private void EndEpoch(SeededRandom shuffle, bool isWhole)
    {
        if (isWhole)
        {
            randomness.Shuffle = shuffle;
            state.EpochsFinished++;
            state.MicroStep = 0;
        }

        // Where the plan ends within the epoch its place is kept, for a longer plan to go on from.
        state.EpochEnded = !isWhole;
        if (options.EvaluationStrategy == IntervalStrategy.Epoch)
        {
            Evaluate(owed: true);
        }

        randomness.Remember(state);
        saver.SaveIfDue(options.SaveStrategy == IntervalStrategy.Epoch);
    }

    /// <summary>Measures the validation loss.</summary>
    /// <param name="owed">Whether a resumed run has to do it first, should it be interrupted here.</param>
    public void Evaluate(bool owed)
    {
        state.EvaluationDue = owed;
        try
        {
            if (validation.Measure(cancel) is var (maximal, minimal))
            {
                reporter.Evaluation(maximal, minimal);
            }

            state.EvaluationDue = false;
        }
        catch (OperationCanceledException)
        {
            saver.Save();
            throw;
        }
    }
}
