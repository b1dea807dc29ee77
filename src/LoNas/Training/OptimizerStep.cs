using LoNas.Training.Optimizer;

namespace LoNas.Training;

/// <summary>
/// The end of an accumulation window: gradients are clipped and AdamW steps, unless a loss or a gradient was not
/// finite. Such a step is skipped: parameters and moments stay as they are, as with PyTorch's GradScaler.
/// </summary>
internal sealed class OptimizerStep(AdamW optimizer, LossScaler? scaler, double maxGradientNorm)
{
    /// <summary>Steps or skips; both count as an optimiser step of the run, as in Hugging Face's Trainer.</summary>
    /// <returns>Whether it stepped.</returns>
    public bool Run(double learningRate, TrainerState state)
    {
        double unscale = 1 / (scaler?.Scale ?? 1);
        double norm = optimizer.GradientNorm() * unscale;
        bool isFinite = !state.WindowLossNotFinite && double.IsFinite(norm);
        if (isFinite)
        {
            optimizer.Step(learningRate, unscale * GradientNorm.ClipFactor(norm, maxGradientNorm));
        }

        optimizer.ClearGradients();
        if (scaler is not null)
        {
            scaler.Update(isFinite);
            (state.LossScale, state.LossScaleGoodSteps) = (scaler.Scale, scaler.GoodSteps);
        }

        state.SkippedSteps += isFinite ? 0 : 1;
        state.SkippedInARow = isFinite ? 0 : state.SkippedInARow + 1;
        state.GlobalStep++;
        state.WindowSteps = 0;
        return isFinite;
    }
}
