namespace LoNas.Cli.Train;

/// <summary>Which optimiser trains the adapters.</summary>
internal enum OptimizerType
{
    /// <summary>AdamW (Loshchilov and Hutter, 2019).</summary>
    AdamwTorch,
}
