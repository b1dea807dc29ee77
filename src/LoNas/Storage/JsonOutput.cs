using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LoNas.Storage;

/// <summary>How this project writes JSON: indented, with text unescaped, and always atomically.</summary>
public static class JsonOutput
{
    /// <summary>Indented. Non-ASCII text and HTML's special characters are not escaped.</summary>
    public static JsonSerializerOptions Indented { get; } = new()
    {
        WriteIndented = true,
        MaxDepth = JsonInput.MostLevels * 2,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        // A loss that became NaN is written as "NaN"; it must not end the run with a serialiser error.
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>On one line. Text is not escaped either.</summary>
    public static JsonSerializerOptions Line { get; } = new()
    {
        MaxDepth = JsonInput.MostLevels * 2,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes <paramref name="value"/> as one indented JSON file.</summary>
    public static void Save<T>(string path, T value, bool replace = true) => AtomicFile.Write(
        path,
        stream =>
        {
            JsonSerializer.Serialize(stream, value, Indented);
            stream.WriteByte((byte)'\n');
        },
        replace);
}
