namespace LoNas.Text;

/// <summary>Text as Python trims it.</summary>
internal static class PythonText
{
    /// <summary>
    /// The text without white space around, as str.strip() leaves it: .NET's white space and the four separators of
    /// ASCII, U+001C to U+001F.
    /// </summary>
    public static string Strip(string text)
    {
        int start = 0;
        int end = text.Length;
        while (start < end && IsSpace(text[start]))
        {
            start++;
        }

        while (end > start && IsSpace(text[end - 1]))
        {
            end--;
        }

        return text[start..end];
    }

    public static bool IsSpace(char value) => char.IsWhiteSpace(value) || value is >= '\u001C' and <= '\u001F';
}
