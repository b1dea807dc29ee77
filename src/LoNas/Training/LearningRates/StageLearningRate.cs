namespace LoNas.Training.LearningRates;

/// <summary>
/// The learning rate within one stage: NNCF's cosine, as its scheduler really behaves. The first step is already
/// decayed, every later epoch lags one step more, the end is not zero, and past the last epoch the rate rises again.
/// </summary>
/// <param name="InitLearningRate">The rate at the stage's start.</param>
/// <param name="Epochs">The cosine's length in epochs (<c>epochs_lr</c>).</param>
/// <param name="StepsPerEpoch">Micro-batches in an epoch.</param>
public sealed record StageLearningRate(double InitLearningRate, int Epochs, int StepsPerEpoch)
{
    /// <summary>The rate in force for a micro-batch.</summary>
    /// <param name="epoch">The epoch within the stage, from 0.</param>
    /// <param name="step">The micro-batch within the epoch, from 0.</param>
    public double At(int epoch, int step)
    {
        // NNCF counts an epoch as one step longer than it is, hence the lag of one step per epoch.
        double time = ((double)epoch * StepsPerEpoch) + (step + 1 - epoch);
        return 0.5 * InitLearningRate * (1 + Math.Cos(Math.PI * time / ((double)Epochs * StepsPerEpoch)));
    }
}
