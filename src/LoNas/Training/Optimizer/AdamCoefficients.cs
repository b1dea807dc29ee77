namespace LoNas.Training.Optimizer;

/// <summary>The numbers of one AdamW step that are the same for all elements of a parameter.</summary>
/// <param name="GradientFactor">What gradients are multiplied by first: clipping, and the loss scale taken back.</param>
/// <param name="Decay">What the parameter is multiplied by: 1 - learning rate * weight decay.</param>
/// <param name="StepSize">Learning rate over the first moment's bias correction.</param>
/// <param name="Correction">Square root of the second moment's bias correction.</param>
internal readonly record struct AdamCoefficients(double GradientFactor, double Decay, double StepSize, double Correction)
{
    public const double Beta1 = 0.9;
    public const double Beta2 = 0.999;
    public const double Epsilon = 1e-8;

    /// <summary>Those of a parameter's step number <paramref name="step"/>, from 1.</summary>
    public static AdamCoefficients At(long step, double learningRate, double weightDecay, double gradientFactor) => new(
        gradientFactor,
        1 - (learningRate * weightDecay),
        learningRate / (1 - Math.Pow(Beta1, step)),
        Math.Sqrt(1 - Math.Pow(Beta2, step)));
}
