using System.Globalization;
using System.Text;

namespace LoNas.Text.Jinja;

/// <summary>The escapes of a text in a template, which are Python's.</summary>
internal static class TextEscapes
{
    private const string Letters = "\\'\"abfnrtv";
    private const string Meanings = "\\'\"\a\b\f\n\r\t\v";

    /// <summary>The text that is meant.</summary>
    /// <param name="written">What stands between the quotes.</param>
    /// <param name="offset">Where that begins, for messages.</param>
    public static string Read(string written, int offset)
    {
        if (!written.Contains('\\'))
        {
            return written;
        }

        var text = new StringBuilder(written.Length);
        for (int i = 0; i < written.Length;)
        {
            if (written[i] == '\\' && i + 1 < written.Length)
            {
                i = ReadEscape(written, i + 1, offset, text);
            }
            else
            {
                text.Append(written[i++]);
            }
        }

        return text.ToString();
    }

    /// <summary>Reads what is behind a backslash; gives the place behind it.</summary>
    private static int ReadEscape(string written, int at, int offset, StringBuilder text)
    {
        char kind = written[at];
        int digits = kind switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (digits > 0)
        {
            if (at + digits >= written.Length || !int.TryParse(
                written.AsSpan(at + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture,
                out int code) || code is < 0 or > 0x10FFFF)
            {
                throw new JinjaException(
                    $"'\\{kind}' needs {digits} hexadecimal digits of a character", offset + at - 1);
            }

            text.Append(code is >= 0xD800 and <= 0xDFFF or < 0x10000 ? $"{(char)code}" : char.ConvertFromUtf32(code));
            return at + 1 + digits;
        }

        if (kind is >= '0' and <= '7')
        {
            int end = at;
            int code = 0;
            for (; end < written.Length && end < at + 3 && written[end] is >= '0' and <= '7'; end++)
            {
                code = (code * 8) + written[end] - '0';
            }

            text.Append((char)code);
            return end;
        }

        if (kind == 'N')
        {
            throw new JinjaException("characters are not known by their names ('\\N')", offset + at - 1);
        }

        int known = Letters.IndexOf(kind);
        text.Append(known >= 0 ? $"{Meanings[known]}" : kind == '\n' ? "" : $"\\{kind}");
        return at + 1;
    }
}
