namespace LoNas.Generation;

/// <summary>Why an answer ended.</summary>
public enum ChatEnding
{
    /// <summary>The model ended it.</summary>
    Ended,

    /// <summary>It reached the most new tokens.</summary>
    Length,

    /// <summary>It was stopped between two tokens.</summary>
    Stopped,
}

/// <summary>An answer, and what it took.</summary>
/// <param name="Text">The answer without special tokens and without space around it.</param>
/// <param name="Ending">Why it ended.</param>
public sealed record ChatAnswer(string Text, ChatEnding Ending)
{
    /// <summary>The tokens that the model wrote, the end token included where it came.</summary>
    public IReadOnlyList<int> Ids { get; init; } = [];

    /// <summary>Tokens of the prompt whose keys and values were kept from earlier turns.</summary>
    public int ReusedTokens { get; init; }

    /// <summary>Tokens of the prompt that were run.</summary>
    public int ComputedTokens { get; init; }

    /// <summary>How long the prompt took.</summary>
    public TimeSpan PromptTime { get; init; }

    /// <summary>How long the tokens behind the first took, which comes with the prompt.</summary>
    public TimeSpan AnswerTime { get; init; }

    /// <summary>New tokens a second behind the first one; null of fewer than two.</summary>
    public double? TokensPerSecond => Ids.Count > 1 ? (Ids.Count - 1) / AnswerTime.TotalSeconds : null;
}
