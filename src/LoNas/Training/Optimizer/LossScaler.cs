namespace LoNas.Training.Optimizer;

/// <summary>
/// Dynamic loss scaling for a float16 base, as in PyTorch's GradScaler (Micikevicius et al., arXiv:1710.03740): the
/// loss is multiplied so that small gradients do not vanish in float16, and by less after one overflows.
/// </summary>
internal sealed class LossScaler
{
    /// <summary>The scale at a run's start.</summary>
    public const double InitialScale = 65536;

    /// <summary>Good steps in a row after which the scale doubles.</summary>
    public const int GrowthInterval = 2000;

    /// <summary>The factor that the loss is multiplied by now.</summary>
    public double Scale { get; private set; } = InitialScale;

    /// <summary>Good steps since the scale last changed.</summary>
    public int GoodSteps { get; private set; }

    /// <summary>Learns how an optimiser step went.</summary>
    /// <param name="isFinite">False if its gradients were not finite and it was skipped.</param>
    public void Update(bool isFinite)
    {
        if (!isFinite)
        {
            (Scale, GoodSteps) = (Scale * 0.5, 0);
        }
        else if (++GoodSteps == GrowthInterval)
        {
            // Past float32's range a scaled loss would be infinite whatever the gradients.
            (Scale, GoodSteps) = (Scale * 2 <= float.MaxValue ? Scale * 2 : Scale, 0);
        }
    }

    /// <summary>
    /// Continues from a checkpoint; that of a run without scaling has no scale, so scaling starts afresh.
    /// </summary>
    public void Restore(double? scale, int goodSteps) => (Scale, GoodSteps) = (scale ?? InitialScale, goodSteps);
}
