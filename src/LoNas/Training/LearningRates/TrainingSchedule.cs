namespace LoNas.Training.LearningRates;

/// <summary>Gives the settings of a micro-step; pure, so that an interrupted run goes on with the same ones.</summary>
/// <param name="epoch">Epochs finished.</param>
/// <param name="microStep">Micro-steps finished in this epoch.</param>
/// <param name="optimizerStep">Optimiser steps finished in the run.</param>
public delegate StepSettings TrainingSchedule(int epoch, int microStep, int optimizerStep);
