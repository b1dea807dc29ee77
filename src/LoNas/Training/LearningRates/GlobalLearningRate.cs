using LoNas.Formats.Nncf;

namespace LoNas.Training.LearningRates;

/// <summary>
/// A learning rate over all stages: linear warm-up, then a cosine. It reproduces what NNCF's global scheduler really
/// does: every epoch lags one step further behind than the one before.
/// </summary>
/// <param name="Schedule">Rates and lengths.</param>
/// <param name="StepsPerEpoch">Micro-batches in an epoch.</param>
public sealed record GlobalLearningRate(LearningRateSchedule Schedule, int StepsPerEpoch)
{
    /// <summary>The rate for a micro-batch.</summary>
    /// <param name="epoch">The epoch of training, from 0.</param>
    /// <param name="step">The micro-batch within the epoch, from 0.</param>
    public double At(int epoch, int step)
    {
        double lagged = step - epoch;
        if (epoch < Schedule.WarmupEpochs)
        {
            double warm = ((double)epoch * StepsPerEpoch) + lagged + 1;
            double share = warm / ((double)Schedule.WarmupEpochs * StepsPerEpoch);
            return (share * (Schedule.BaseLearningRate - Schedule.WarmupLearningRate)) + Schedule.WarmupLearningRate;
        }

        double time = ((double)(epoch - Schedule.WarmupEpochs) * StepsPerEpoch) + lagged;
        return 0.5 * Schedule.BaseLearningRate
            * (1 + Math.Cos(Math.PI * time / ((double)Schedule.Epochs * StepsPerEpoch)));
    }
}
