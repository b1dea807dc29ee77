namespace LoNas.Cli.Train;

/// <summary>Where training curves are written besides the log.</summary>
internal enum ReportTarget
{
    /// <summary>Nowhere.</summary>
    None,

    /// <summary>TensorBoard files in the output folder.</summary>
    Tensorboard,

    /// <summary>Everything there is: TensorBoard.</summary>
    All,
}
