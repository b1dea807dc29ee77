namespace LoNas.Training;

/// <summary>When something is done during training.</summary>
public enum IntervalStrategy
{
    /// <summary>Never.</summary>
    No,

    /// <summary>Every so many optimiser steps.</summary>
    Steps,

    /// <summary>At the end of each epoch.</summary>
    Epoch,
}
