using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace LoNas.Storage;

/// <summary>Shortens text that a message quotes from a file: enough to find the place, never megabytes.</summary>
public static class Excerpt
{
    private const int Longest = 120;

    /// <summary>The text, or its first 120 characters and its length.</summary>
    /// <param name="text">The text.</param>
    /// <param name="most">The largest number of characters; 120 by default.</param>
    public static string Of(string text, int most = Longest) => text.Length <= most
        ? text
        : string.Create(CultureInfo.InvariantCulture, $"{text.AsSpan(0, End(text, most))}… ({text.Length} characters)");

    /// <summary>A JSON value as written in the file, shortened in the same way.</summary>
    public static string Of(JsonElement value)
    {
        if (NonFiniteJson.NameOf(value) is { } name)
        {
            return name;
        }

        var bytes = JsonMarshal.GetRawUtf8Value(value);
        if (bytes.Length <= Longest)
        {
            return Encoding.UTF8.GetString(bytes);
        }

        // The cut may split a character, which then decodes to U+FFFD.
        var start = Encoding.UTF8.GetString(bytes[..Longest]).TrimEnd('\uFFFD');
        return string.Create(CultureInfo.InvariantCulture, $"{start}… ({bytes.Length} bytes)");
    }

    /// <summary>A list of texts, each shortened in the same way; at most twelve of them.</summary>
    public static string Of(IReadOnlyCollection<string> texts)
    {
        const int Most = 12;
        var more = texts.Count > Most ? $" and {texts.Count - Most} more" : "";
        return string.Join(", ", texts.Take(Most).Select(text => Of(text))) + more;
    }

    // The cut must not split a surrogate pair.
    private static int End(string text, int most) => char.IsHighSurrogate(text[most - 1]) ? most - 1 : most;
}
