using System.Text.Json;
using System.Text.RegularExpressions;
using LoNas.Data;
using LoNas.Storage;
using LoNas.Text;

namespace LoNas.Evaluation;

/// <summary>
/// A prompt with placeholders for a record's keys, such as <c>Question: {instruction}\nAnswer:</c>. Doubled braces
/// stand for single ones.
/// </summary>
public sealed partial record RecordTemplate
{
    /// <summary>The text with its placeholders.</summary>
    public required string Text { get; init; }

    /// <summary>Text at which a response ends; with null it ends where generation ends.</summary>
    public string? Stop { get; init; }

    /// <summary>The keys that it has placeholders for.</summary>
    public IReadOnlyList<string> Keys => [.. Place().Matches(Text).Select(match => match.Groups[1].Value)
        .Where(name => name.Length > 0).Distinct()];

    /// <summary>The prompt of a record.</summary>
    /// <exception cref="InvalidDataException">
    /// The record lacks a key, or its value is neither text nor a number.
    /// </exception>
    public string Fill(InstructionRecord record) => Place().Replace(Text, match => match.Value switch
    {
        "{{" => "{",
        "}}" => "}",
        _ => Value(record, match.Groups[1].Value),
    });

    /// <summary>What the template has a place for and a record does not have.</summary>
    internal IEnumerable<RecordProblem> Problems(InstructionRecord record) =>
        Keys.Where(key => Find(record, key) is null).Select(key => new RecordProblem(
            $"no text or number '{key}', which the template has a place for", IsOfKeys: true));

    /// <summary>What follows the prompt in a decoded sequence, up to <see cref="Stop"/>, trimmed.</summary>
    /// <param name="decoded">Prompt and response, decoded together.</param>
    /// <param name="decodedPrompt">The prompt decoded alone.</param>
    public string Response(string decoded, string decodedPrompt)
    {
        // A prompt that ends within a word or a character decodes differently when it is alone, so the common beginning
        // of both texts is taken as the prompt.
        var response = decoded[decoded.AsSpan().CommonPrefixLength(decodedPrompt)..];
        int end = string.IsNullOrEmpty(Stop) ? -1 : response.IndexOf(Stop, StringComparison.Ordinal);
        return (end < 0 ? response : response[..end]).Trim();
    }

    private static string Value(InstructionRecord record, string key) => Find(record, key)
        ?? throw new InvalidDataException(
            $"The record '{Excerpt.Of(record.Instruction)}' has no text or number '{key}', which the template has a "
            + "place for");

    private static string? Find(InstructionRecord record, string key) => key switch
    {
        "instruction" => record.Instruction,
        "input" => record.Input,
        _ when record.Source.ValueKind == JsonValueKind.Object && record.Source.TryGetProperty(key, out var value) =>
            value.ValueKind switch
            {
                JsonValueKind.String => value.GetString(),
                JsonValueKind.Number => PythonNumber.ToText(value),
                _ => null,
            },
        _ => null,
    };

    [GeneratedRegex(@"\{\{|\}\}|\{(\w+)\}")]
    private static partial Regex Place();
}
