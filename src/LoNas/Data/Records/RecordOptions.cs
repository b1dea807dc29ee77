using System.Text;
using LoNas.Storage;

namespace LoNas.Data.Records;

/// <summary>What the records of a file hold.</summary>
public enum RecordFormat
{
    /// <summary>Conversations as OpenAI has them: <c>messages</c> with role and content.</summary>
    Messages,

    /// <summary>Conversations of ShareGPT: <c>conversations</c> with from and value.</summary>
    ShareGpt,

    /// <summary>Instructions: <c>instruction</c>, <c>input</c>, <c>output</c>.</summary>
    Alpaca,

    /// <summary>A <c>prompt</c> and its <c>completion</c>, both texts or both messages.</summary>
    PromptCompletion,

    /// <summary>Documents: <c>text</c>.</summary>
    Text,
}

/// <summary>How data sets are read.</summary>
public sealed record RecordOptions
{
    /// <summary>What the records hold; null, the default, finds out by the keys of the first ones.</summary>
    public RecordFormat? Format { get; init; }

    /// <summary>
    /// The column that each field of a format is in, such as <c>prompt</c> in <c>question</c>; those that are not named
    /// are in the columns of their own names. Null, the default, names none.
    /// </summary>
    public IReadOnlyDictionary<string, string>? Columns { get; init; }

    /// <summary>Whether bad records are left out and counted; by default they are refused.</summary>
    public bool SkipBad { get; init; }

    /// <summary>The encoding of texts, as <see cref="TextInput.Find"/> gives it; null, the default: UTF-8.</summary>
    public Encoding? Encoding { get; init; }
}

/// <summary>A record that was left out.</summary>
/// <param name="File">The file.</param>
/// <param name="Place">Where in it, such as <c>line 3 (record 2)</c>.</param>
/// <param name="Reason">What was found and what was expected.</param>
public sealed record BadRecord(string File, string Place, string Reason)
{
    /// <inheritdoc/>
    public override string ToString() => $"'{File}', {Place}: {Reason}";
}
