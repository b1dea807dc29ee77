using System.Text.Json;

namespace LoNas.Files;

/// <summary>Reads JSON that a user wrote: comments and trailing commas are allowed, errors name file and line.</summary>
public static class JsonInput
{
    private static readonly JsonDocumentOptions Options = new()
    {
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
    };

    /// <summary>The root element of a JSON file.</summary>
    /// <exception cref="InvalidDataException">The file is missing, unreadable or no JSON.</exception>
    public static JsonElement Load(string path, string purpose) =>
        Parse(InputPath.ReadText(path, purpose), $"{purpose} '{path}'");

    /// <summary>The root element of a JSON text; <paramref name="origin"/> names it in errors.</summary>
    /// <exception cref="InvalidDataException">The text is no JSON.</exception>
    public static JsonElement Parse(string text, string origin)
    {
        try
        {
            using var document = JsonDocument.Parse(text, Options);
            return document.RootElement.Clone();
        }
        catch (JsonException error)
        {
            throw new InvalidDataException(
                $"The {origin} is not valid JSON at line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1}: "
                + error.Message.Split(" LineNumber")[0], error);
        }
    }

    /// <summary>Checks that an element is an object.</summary>
    /// <exception cref="InvalidDataException">It is something else.</exception>
    public static JsonElement RequireObject(this JsonElement element, string origin) =>
        element.ValueKind == JsonValueKind.Object
            ? element
            : throw new InvalidDataException($"The {origin} holds a JSON {element.ValueKind}; expected an object");
}
