
namespace LoNas.Evaluation;

/// <summary>A judged task and how fast it went.</summary>
/// <param name="Result">Every record with its response.</param>
/// <param name="Elapsed">Time that this process took for it.</param>
/// <param name="AskedTokens">Tokens generated in that time: a resumed set was asked in part before.</param>
public sealed record TaskScore(TaskResult Result, TimeSpan Elapsed, long AskedTokens)
{
    /// <summary>Null where nothing was asked.</summary>
    public double? TokensPerSecond => AskedTokens > 0 ? AskedTokens / Elapsed.TotalSeconds : null;
}
