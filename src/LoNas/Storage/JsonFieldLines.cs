using System.Text;
using System.Text.Json;

namespace LoNas.Storage;

/// <summary>Finds the line of each field in a JSON text, for messages to the author of the file.</summary>
public static class JsonFieldLines
{
    /// <summary>A file that people write has fewer fields; the lines of more would take more memory than it.</summary>
    private const int MostFields = 1000;

    private static readonly JsonReaderOptions Options = new()
    {
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
        MaxDepth = JsonInput.MostLevels,
    };

    /// <summary>
    /// The line of each field, from 1, by its path, such as <c>answer.pattern</c>. Fields in arrays are left out, and
    /// those behind the first thousand.
    /// </summary>
    /// <exception cref="JsonException">The text is not valid JSON.</exception>
    public static IReadOnlyDictionary<string, int> Of(string text)
    {
        var bytes = NonFiniteJson.Accept(Encoding.UTF8.GetBytes(text)).Span;
        var reader = new Utf8JsonReader(bytes, Options);
        var lines = new Dictionary<string, int>();
        var path = new Stack<string>();
        int arrays = 0;
        string name = "";
        while (lines.Count < MostFields && reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    name = string.Join('.', path.Reverse().Append(reader.GetString()!).Where(part => part.Length > 0));
                    if (arrays == 0)
                    {
                        lines.TryAdd(name, 1 + bytes[..(int)reader.TokenStartIndex].Count((byte)'\n'));
                    }

                    name = reader.GetString()!;
                    break;
                case JsonTokenType.StartObject:
                    path.Push(name);
                    break;
                case JsonTokenType.EndObject:
                    path.Pop();
                    break;
                case JsonTokenType.StartArray or JsonTokenType.EndArray:
                    arrays += reader.TokenType == JsonTokenType.StartArray ? 1 : -1;
                    break;
            }
        }

        return lines;
    }
}
