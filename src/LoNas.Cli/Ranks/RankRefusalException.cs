namespace LoNas.Cli.Ranks;

/// <summary>The ranks have met and can't begin: every rank throws it, and the first alone tells.</summary>
internal sealed class RankRefusalException(string message, int code) : Exception(message)
{
    /// <summary>The exit code of all.</summary>
    public int Code { get; } = code;
}
