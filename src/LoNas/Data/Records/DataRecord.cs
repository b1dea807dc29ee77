using LoNas.Text.Chat;

namespace LoNas.Data.Records;

/// <summary>What is learned from one record of a data set, whatever its file and format.</summary>
public abstract record DataRecord
{
    /// <summary>The file that it was read from; null for a record made in code.</summary>
    public string? File { get; init; }

    /// <summary>Where in that file, such as <c>line 3</c>; null for a record made in code.</summary>
    public string? Place { get; init; }

    /// <summary>Its number in the data set, from 1; 0 for a record made in code.</summary>
    public int Number { get; init; }
}

/// <summary>A conversation, of which the assistant's messages are learned.</summary>
/// <param name="Conversation">The conversation.</param>
public sealed record ConversationRecord(Conversation Conversation) : DataRecord
{
    /// <summary>The first message that may be learned: those before it are a given prompt.</summary>
    public int FirstLearned { get; init; }
}

/// <summary>An instruction with its answer, in Alpaca's keys.</summary>
/// <param name="Instruction">The task.</param>
/// <param name="Input">Further context; empty for none.</param>
/// <param name="Output">The response to learn.</param>
public sealed record AlpacaRecord(string Instruction, string Input, string Output) : DataRecord
{
    /// <summary>What is said before all; null for nothing.</summary>
    public string? System { get; init; }

    /// <summary>Earlier instructions and their answers.</summary>
    public IReadOnlyList<(string Instruction, string Output)> History { get; init; } = [];
}

/// <summary>A text and how it goes on, of which the latter is learned.</summary>
/// <param name="Prompt">What is given.</param>
/// <param name="Completion">What is learned.</param>
public sealed record CompletionRecord(string Prompt, string Completion) : DataRecord;

/// <summary>A document, all of which is learned.</summary>
/// <param name="Text">The document.</param>
public sealed record DocumentRecord(string Text) : DataRecord;
