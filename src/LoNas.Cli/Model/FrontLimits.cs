namespace LoNas.Cli.Model;

/// <summary>What <c>--max_macs</c> and <c>--min_accuracy</c> ask of a sub-adapter of a front.</summary>
internal sealed record FrontLimits(double? MaxMacs, double? MinAccuracy)
{
    /// <summary>Whether anything is asked.</summary>
    public bool IsSet => MaxMacs is not null || MinAccuracy is not null;
}
