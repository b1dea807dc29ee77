using System.Text.Json;
using LoNas.Text.Chat;

namespace LoNas.Data.Records;

/// <summary>What of a record is learned.</summary>
public enum LearnedPart
{
    /// <summary>What the assistant says: all of its messages, or the completion.</summary>
    Answers,

    /// <summary>The last message of the assistant alone.</summary>
    Last,

    /// <summary>All tokens.</summary>
    All,
}

/// <summary>How a record that is too long is cut.</summary>
public enum RecordTruncation
{
    /// <summary>Oldest exchanges first, those after a system message; what is still too long loses its end.</summary>
    Turns,

    /// <summary>The beginning is left out.</summary>
    Left,

    /// <summary>The end is left out.</summary>
    Right,
}

/// <summary>How records become examples.</summary>
public sealed record RecordEncoding
{
    /// <summary>Most tokens of an example; 1024 by default.</summary>
    public int CutoffLength { get; init; } = 1024;

    /// <summary>What is learned; the answers by default. Documents are learned whole.</summary>
    public LearnedPart Learned { get; init; } = LearnedPart.Answers;

    /// <summary>How longer records are cut; at turns by default. Documents are divided instead.</summary>
    public RecordTruncation Truncation { get; init; } = RecordTruncation.Turns;

    /// <summary>The model's chat template; null where there is none.</summary>
    public ChatTemplate? Template { get; init; }

    /// <summary>Further variables of the template; those of a record come before them.</summary>
    public IReadOnlyDictionary<string, JsonElement> Variables { get; init; } = new Dictionary<string, JsonElement>();
}
