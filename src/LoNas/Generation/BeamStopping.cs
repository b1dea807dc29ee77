namespace LoNas.Generation;

/// <summary>Transformers' values of <c>early_stopping</c>.</summary>
public enum BeamStopping
{
    /// <summary>False: ends when the worst kept hypothesis is at least the best running score at its present length.</summary>
    Heuristic,

    /// <summary>True: ends as soon as enough hypotheses are kept.</summary>
    Early,

    /// <summary>"never": ends only when no length could make a running beam better.</summary>
    Never,
}
