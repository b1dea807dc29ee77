namespace LoNas.Training.Optimizer;

/// <summary>
/// The end of a window of micro-batches: gradients are clipped and AdamW steps, unless the loss or a gradient was not
/// finite. Then parameters and moments stay as they are, as PyTorch's GradScaler leaves them.
/// </summary>
internal sealed class OptimizerStep(AdamW optimizer, LossScaler? scaler, double maxGradientNorm)
{
    /// <summary>Steps or skips; either counts as an optimiser step of the run, as in Hugging Face's Trainer.</summary>
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

        scaler?.Update(isFinite);
        scaler?.Remember(state);
        optimizer.ClearGradients();
        state.SkippedSteps += isFinite ? 0 : 1;
        state.SkippedInARow = isFinite ? 0 : state.SkippedInARow + 1;
        state.GlobalStep++;
        state.WindowSteps = 0;
        return isFinite;
    }
}
