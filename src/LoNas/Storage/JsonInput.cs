using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LoNas.Storage;

/// <summary>
/// Reads JSON written by users: comments, trailing commas and Python's NaN and Infinity are allowed, and errors name
/// file and line.
/// </summary>
public static class JsonInput
{
    private static readonly JsonDocumentOptions Options = new()
    {
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
    };

    /// <summary>The root element of a JSON file.</summary>
    /// <exception cref="InvalidDataException">The file is missing, unreadable or not valid JSON.</exception>
    public static JsonElement Load(string path, string purpose) =>
        Parse(InputPath.Read(path, purpose, File.ReadAllBytes), $"{purpose} '{path}'");

    /// <summary>The root element of a JSON text; <paramref name="origin"/> names it in errors.</summary>
    /// <exception cref="InvalidDataException">The text is not valid JSON.</exception>
    public static JsonElement Parse(string text, string origin) => Parse(Encoding.UTF8.GetBytes(text), origin);

    /// <summary>
    /// The root element of the bytes of a JSON file. It keeps a reference to the bytes, so they must not change.
    /// </summary>
    /// <exception cref="InvalidDataException">The bytes are not valid JSON.</exception>
    internal static JsonElement Parse(ReadOnlyMemory<byte> bytes, string origin)
    {
        try
        {
            bytes = NonFiniteJson.Accept(TextInput.AsUtf8(bytes, origin));
            // Never disposed, so that the elements stay valid without a copy of the file.
            var root = JsonDocument.Parse(bytes, Options).RootElement;
            if (bytes.Span.IndexOf("\\ud"u8) >= 0 || bytes.Span.IndexOf("\\uD"u8) >= 0)
            {
                RequireText(root);
            }

            return root;
        }
        catch (InvalidOperationException error)
        {
            throw new InvalidDataException(
                $"The {origin} holds an escape that is no text, half of a surrogate pair such as \\ud800", error);
        }
        catch (JsonException error)
        {
            var (line, place) = (error.LineNumber ?? 0, error.BytePositionInLine ?? 0);
            throw new InvalidDataException(
                $"The {origin} is not valid JSON at line {line + 1}, "
                + $"byte {place + 1 - NonFiniteJson.Added(bytes.Span, line, place)}: "
                + Excerpt.Of(error.Message.Split(" LineNumber")[0]), error);
        }
    }

    /// <summary>
    /// Reads every string once, since the parser accepts invalid escapes and fails only when the string is read.
    /// </summary>
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

    /// <summary>
    /// Converts an element to a node, which can be changed and compared; null for a JSON null. If a key occurs twice,
    /// the last one counts.
    /// </summary>
    public static JsonNode? ToNode(this JsonElement element)
    {
        // JsonNode.Parse accepts neither comments nor trailing commas, and reports duplicate keys only later.
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var node = new JsonObject();
                foreach (var property in element.EnumerateObject())
                {
                    node[property.Name] = property.Value.ToNode();
                }

                return node;
            case JsonValueKind.Array:
                return new JsonArray([.. element.EnumerateArray().Select(ToNode)]);
            default:
                return NonFiniteJson.NameOf(element) is { } name ? name : JsonValue.Create(element);
        }
    }

    /// <summary>Checks that an element is an object.</summary>
    /// <exception cref="InvalidDataException">It is not an object.</exception>
    public static JsonElement RequireObject(this JsonElement element, string origin) =>
        element.ValueKind == JsonValueKind.Object
            ? element
            : throw new InvalidDataException($"The {origin} holds a JSON {element.ValueKind}; expected an object");
}
