using System.Text.Json;
using LoNas.Storage;

namespace LoNas.Data.Records;

/// <summary>A record as it lies in a file of whatever kind: an object of JSON.</summary>
/// <param name="Unit">What its number counts: <c>line</c>, <c>row</c>; empty where records alone are counted.</param>
/// <param name="At">That number, from 1.</param>
/// <param name="Element">The record; undefined where there is a problem.</param>
/// <param name="Problem">Why there is none.</param>
internal readonly record struct RawRecord(string Unit, long At, JsonElement Element, string? Problem = null)
{
    private static readonly JsonDocumentOptions Loose = new()
    {
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
        MaxDepth = JsonInput.MostLevels,
    };

    private static readonly JsonDocumentOptions Strict = Loose with { AllowDuplicateProperties = false };

    /// <summary>Where it is, with its number in the file.</summary>
    public string PlaceOf(int record) => Unit == "line" ? $"line {At} (record {record})" : ShortPlaceOf(record);

    /// <summary>Where it is.</summary>
    public string ShortPlaceOf(int record) => Unit.Length > 0 ? $"{Unit} {At}" : $"record {record}";

    /// <summary>The record of a text.</summary>
    /// <param name="text">One value of JSON, in UTF-8.</param>
    /// <param name="unit">As above.</param>
    /// <param name="at">As above.</param>
    /// <param name="error">What the parser says of a text that is no whole value.</param>
    public static RawRecord Parse(ReadOnlyMemory<byte> text, string unit, long at, out JsonException? error)
    {
        var element = Value(text, out var problem, out error);
        return new(unit, at, element, problem);
    }

    /// <summary>A value that a text of JSON holds, in which no key stands twice and every escape is text.</summary>
    /// <param name="text">The text in UTF-8; it is copied.</param>
    /// <param name="problem">Why the value is undefined; null where it is not.</param>
    /// <param name="error">What the parser says of a text that is no whole value.</param>
    public static JsonElement Value(ReadOnlyMemory<byte> text, out string? problem, out JsonException? error)
    {
        (problem, error) = (null, null);
        var json = NonFiniteJson.Accept(text).Span;
        try
        {
            var element = JsonElement.Parse(json, Strict);
            if (json.IndexOf("\\ud"u8) >= 0 || json.IndexOf("\\uD"u8) >= 0)
            {
                JsonInput.RequireText(element);
            }

            return element;
        }
        catch (InvalidOperationException)
        {
            problem = "an escape that is no text, half of a surrogate pair such as \\ud83d; expected text";
        }
        catch (JsonException unlike)
        {
            problem = Twice(json, out error) is { } key
                ? $"the key '{Excerpt.Of(key)}' stands twice in one object; expected it once"
                : $"no whole JSON: {JsonInput.Reason(unlike)}";
        }

        return default;
    }

    /// <summary>The key that stands twice; null where the text is no JSON for another reason.</summary>
    private static string? Twice(ReadOnlySpan<byte> json, out JsonException? error)
    {
        error = null;
        try
        {
            return Twice(JsonElement.Parse(json, Loose));
        }
        catch (JsonException other)
        {
            error = other;
            return null;
        }
    }

    private static string? Twice(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().GroupBy(member => member.Name)
            .FirstOrDefault(members => members.Count() > 1)?.Key
            ?? element.EnumerateObject().Select(member => Twice(member.Value)).FirstOrDefault(key => key is not null),
        JsonValueKind.Array => element.EnumerateArray().Select(Twice).FirstOrDefault(key => key is not null),
        _ => null,
    };
}
