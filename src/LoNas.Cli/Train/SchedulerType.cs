namespace LoNas.Cli.Train;

/// <summary>How the learning rate of plain LoRA changes after its warm-up.</summary>
internal enum SchedulerType
{
    /// <summary>Falls evenly to zero.</summary>
    Linear,

    /// <summary>Falls to zero along half a cosine.</summary>
    Cosine,

    /// <summary>Stays, without a warm-up.</summary>
    Constant,

    /// <summary>Stays.</summary>
    ConstantWithWarmup,
}
