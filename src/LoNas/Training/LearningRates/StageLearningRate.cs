namespace LoNas.Training.LearningRates;

/// <summary>
/// The learning rate within one stage: a cosine. It reproduces what NNCF's scheduler really does: the first step is
/// already decayed, every epoch lags one step further behind, the end is not zero, and past it the rate rises again.
/// </summary>
/// <param name="InitLearningRate">The rate at the stage's start.</param>
/// <param name="Epochs">The cosine's length in epochs (<c>epochs_lr</c>).</param>
/// <param name="StepsPerEpoch">Micro-batches in an epoch.</param>
public sealed record StageLearningRate(double InitLearningRate, int Epochs, int StepsPerEpoch)
{
    /// <summary>The rate for a micro-batch.</summary>
    /// <param name="epoch">The epoch within the stage, from 0.</param>
    /// <param name="step">The micro-batch within the epoch, from 0.</param>
    public double At(int epoch, int step)
    {
        // NNCF counts an epoch as one step longer than it is, hence the lag of one step per epoch.
        double time = ((double)epoch * StepsPerEpoch) + (step + 1 - epoch);
        return 0.5 * InitLearningRate * (1 + Math.Cos(Math.PI * time / ((double)Epochs * StepsPerEpoch)));
    }
}
