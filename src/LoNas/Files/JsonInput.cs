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
            if (text.Contains("\\ud", StringComparison.OrdinalIgnoreCase))
            {
                RequireText(document.RootElement);
            }

            return document.RootElement.Clone();
        }
        catch (InvalidOperationException error)
        {
            throw new InvalidDataException(
                $"The {origin} holds an escape that is no text, half of a surrogate pair such as \\ud800", error);
        }
        catch (JsonException error)
        {
            throw new InvalidDataException(
                $"The {origin} is not valid JSON at line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1}: "
                + error.Message.Split(" LineNumber")[0], error);
        }
    }

    /// <summary>Reads every text once: the parser takes escapes that are no text, and fails when they are asked for.</summary>
    private static void RequireText(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                _ = element.GetString();
                break;
            case JsonValueKind.Array:
                foreach (var entry in element.EnumerateArray())
                {
                    RequireText(entry);
                }

                break;
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    _ = property.Name;
                    RequireText(property.Value);
                }

                break;
        }
    }

    /// <summary>Checks that an element is an object.</summary>
    /// <exception cref="InvalidDataException">It is something else.</exception>
    public static JsonElement RequireObject(this JsonElement element, string origin) =>
        element.ValueKind == JsonValueKind.Object
            ? element
            : throw new InvalidDataException($"The {origin} holds a JSON {element.ValueKind}; expected an object");
}
