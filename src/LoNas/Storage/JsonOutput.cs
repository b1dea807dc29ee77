using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LoNas.Storage;

/// <summary>How this project writes JSON: indented, text as it is, and always atomically.</summary>
public static class JsonOutput
{
    /// <summary>Indented; non-ASCII text and the signs of HTML stay readable.</summary>
    public static JsonSerializerOptions Indented { get; } = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        // A loss that is no number any more must not end the run in a serialiser's error: it is written as "NaN".
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>On one line; text stays readable too.</summary>
    public static JsonSerializerOptions Line { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes <paramref name="value"/> as one indented JSON file.</summary>
    public static void Save<T>(string path, T value) =>
        AtomicFile.Write(path, stream =>
        {
            JsonSerializer.Serialize(stream, value, Indented);
            stream.WriteByte((byte)'\n');
        });
}
