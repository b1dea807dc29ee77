using LoNas.Elastic;

namespace LoNas.Training.LearningRates;

/// <summary>What a schedule says about one micro-step.</summary>
/// <param name="LearningRate">Learning rate, should the optimiser step after this micro-step.</param>
/// <param name="WidthIndicator">How many entries of each group's list may be drawn; 0 keeps the model uncut.</param>
/// <param name="DrawsSubAdapter">Whether a new sub-adapter is drawn before this micro-step.</param>
/// <param name="Reorganization">The norm by which channels are ordered before this micro-step; null leaves them.</param>
public readonly record struct StepSettings(
    double LearningRate, int WidthIndicator, bool DrawsSubAdapter, ChannelNorm? Reorganization = null);
