using System.Text;
using System.Text.Json;

namespace LoNas.Storage;

/// <summary>On which line of a JSON text each field of an object stands, for messages to whom wrote it.</summary>
public static class JsonFieldLines
{
    private static readonly JsonReaderOptions Options = new()
    {
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
    };

    /// <summary>Lines from 1, by the fields' paths, such as <c>answer.pattern</c>; those in arrays are left out.</summary>
    /// <exception cref="JsonException">The text is no JSON.</exception>
    public static IReadOnlyDictionary<string, int> Of(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var reader = new Utf8JsonReader(bytes, Options);
        var lines = new Dictionary<string, int>();
        var path = new Stack<string>();
        int arrays = 0;
        string name = "";
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    name = string.Join('.', path.Reverse().Append(reader.GetString()!).Where(part => part.Length > 0));
                    if (arrays == 0)
                    {
                        lines.TryAdd(name, 1 + bytes.AsSpan(0, (int)reader.TokenStartIndex).Count((byte)'\n'));
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
