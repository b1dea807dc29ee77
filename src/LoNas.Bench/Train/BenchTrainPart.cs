namespace LoNas.Bench.Train;

/// <summary>What one process of <c>bench train</c> measures.</summary>
internal enum BenchTrainPart
{
    /// <summary>Starts a process for each of the others.</summary>
    All,

    /// <summary>Training with a random sub-adapter in every step.</summary>
    Lonas,

    /// <summary>The same step with the uncut model.</summary>
    Lora,

    /// <summary>A plain step as PEFT computes it, with libtorch's own settings.</summary>
    Eager,

    /// <summary>The matrix products alone.</summary>
    Limit,
}
