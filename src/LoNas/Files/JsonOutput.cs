using System.Text.Encodings.Web;
using System.Text.Json;

namespace LoNas.Files;

/// <summary>How this project writes JSON: indented, text as it is, and always atomically.</summary>
public static class JsonOutput
{
    /// <summary>Indented; non-ASCII text and the signs of HTML stay readable.</summary>
    public static JsonSerializerOptions Indented { get; } = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes <paramref name="value"/> as one indented JSON file.</summary>
    public static void Save<T>(string path, T value) =>
        AtomicFile.Write(path, stream =>
        {
            JsonSerializer.Serialize(stream, value, Indented);
            stream.WriteByte((byte)'\n');
        });
}
