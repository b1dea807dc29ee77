namespace LoNas.Training;

/// <summary>
/// Training gave up: more optimiser steps in a row than allowed had a loss or gradients that were not finite. Parameters
/// are those of the last good step, and no checkpoint was written since.
/// </summary>
public sealed class TrainingDivergedException(string message) : Exception(message);
