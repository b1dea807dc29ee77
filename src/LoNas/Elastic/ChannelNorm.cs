namespace LoNas.Elastic;

/// <summary>The norm of a weight's rows that says how important a channel is.</summary>
public enum ChannelNorm
{
    /// <summary>The root of the squares' sum.</summary>
    L2,

    /// <summary>The sum of magnitudes.</summary>
    L1,
}
