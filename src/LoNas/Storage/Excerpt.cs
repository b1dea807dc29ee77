using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace LoNas.Storage;

/// <summary>What a message quotes of a file: enough to find the place, never megabytes.</summary>
public static class Excerpt
{
    private const int Longest = 120;

    /// <summary>The text, or its first 120 characters and how many there are.</summary>
    /// <param name="text">The text.</param>
    /// <param name="most">Another number than 120.</param>
    public static string Of(string text, int most = Longest) => text.Length <= most
        ? text
        : string.Create(CultureInfo.InvariantCulture, $"{text.AsSpan(0, End(text, most))}… ({text.Length} characters)");

    /// <summary>A JSON value as it is written, cut likewise.</summary>
    public static string Of(JsonElement value)
    {
        var bytes = JsonMarshal.GetRawUtf8Value(value);
        return bytes.Length <= Longest
            ? Encoding.UTF8.GetString(bytes)
            : string.Create(
                CultureInfo.InvariantCulture, $"{Encoding.UTF8.GetString(bytes[..Longest]).TrimEnd('\uFFFD')}… ({bytes.Length} bytes)");
    }

    /// <summary>Strings of a message, at most twelve of them, each cut likewise.</summary>
    public static string Of(IReadOnlyCollection<string> texts)
    {
        const int Most = 12;
        var more = texts.Count > Most ? $" and {texts.Count - Most} more" : "";
        return string.Join(", ", texts.Take(Most).Select(text => Of(text))) + more;
    }

    // Half a surrogate pair would be no text.
    private static int End(string text, int most) => char.IsHighSurrogate(text[most - 1]) ? most - 1 : most;
}
