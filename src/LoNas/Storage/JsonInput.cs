using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace LoNas.Storage;

/// <summary>
/// Reads JSON written by users: comments, trailing commas and Python's NaN and Infinity are allowed, and errors name
/// file and line.
/// </summary>
public static partial class JsonInput
{
    /// <summary>How many lists and objects may lie in each other.</summary>
    internal const int MostLevels = 400;

    private static readonly JsonDocumentOptions Options = new()
    {
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
        MaxDepth = MostLevels,
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
            throw new InvalidDataException($"The {origin} {HalfPair(Encoding.UTF8.GetString(bytes.Span))}", error);
        }
        catch (JsonException error)
        {
            var (line, place) = (error.LineNumber ?? 0, error.BytePositionInLine ?? 0);
            throw new InvalidDataException(
                $"The {origin} is not valid JSON at line {line + 1}, "
                + $"byte {place + 1 - NonFiniteJson.Added(bytes.Span, line, place)}: "
                + Reason(error), error);
        }
    }

    /// <summary>What is wrong, where the parser's words mislead.</summary>
    internal static string Reason(JsonException error) =>
        error.Message.Contains("reached end of data", StringComparison.Ordinal)
        || error.Message.Contains("end of the JSON payload", StringComparison.Ordinal)
            ? "it ends in the middle of a value; it is cut off, write or get it again"
        : error.Message.Contains("maximum configured depth", StringComparison.Ordinal)
            ? $"more than {MostLevels} lists and objects lie in each other there; expected fewer"
        : Excerpt.Of(error.Message.Split(" LineNumber")[0]);

    private static string HalfPair(string json)
    {
        var match = Half().Match(json);
        int line = json.AsSpan(0, match.Index).Count('\n') + 1;
        return $"holds an escape that is no text, {match.Value}, half of a surrogate pair, in line {line}";
    }

    /// <summary>The escape of one half of a pair that has no other; not one behind an odd backslash.</summary>
    [GeneratedRegex(
        @"(?<=(?<!\\)(?:\\\\)*)(?:\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])"
        + @"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2})")]
    private static partial Regex Half();

    /// <summary>
    /// Reads every string once, since the parser accepts invalid escapes and fails only when the string is read.
    /// </summary>
    /// <exception cref="InvalidOperationException">One is no text.</exception>
    internal static void RequireText(JsonElement element)
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

    /// <summary>The record that an element describes, by its keys.</summary>
    /// <exception cref="InvalidDataException">A value is of another kind, or a key is missing.</exception>
    internal static T To<T>(this JsonElement element, string origin)
        where T : class
    {
        try
        {
            return element.Deserialize<T>(JsonOutput.Indented)!;
        }
        catch (JsonException error)
        {
            // The serialiser's own words name types of this program.
            var place = error.Path is { Length: > 2 } path ? $" in '{path[2..]}'" : "";
            throw new InvalidDataException(
                $"The {origin} does not hold what it should{place}: a value of another kind, or none; write or get it "
                + "again", error);
        }
    }

    /// <summary>Checks that an element is an object.</summary>
    /// <exception cref="InvalidDataException">It is not an object.</exception>
    public static JsonElement RequireObject(this JsonElement element, string origin) =>
        element.ValueKind == JsonValueKind.Object
            ? element
            : throw new InvalidDataException($"The {origin} holds a JSON {element.ValueKind}; expected an object");
}
