using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using LoNas.Errors;

namespace LoNas.Storage;

/// <summary>
/// The bytes of a text file as UTF-8, which every file is read as; data sets may be in another encoding that is named.
/// Bytes that are no text are refused, since characters put in their place would be trained on.
/// </summary>
public static class TextInput
{
    private const int LongestCharacter = 4;

    /// <summary>Names that Python has and .NET does not, in whatever spelling, as letters and digits.</summary>
    private static readonly Dictionary<string, string> PythonNames = new()
    {
        ["latin"] = "iso-8859-1",
        ["utf8sig"] = "utf-8",
        ["utf16le"] = "utf-16",
        ["utf32le"] = "utf-32",
        ["ascii"] = "us-ascii",
        ["sjis"] = "shift_jis",
        ["macroman"] = "macintosh",
    };

    /// <summary>.NET's names by their letters and digits, which are all that Python looks at.</summary>
    private static readonly Lazy<Dictionary<string, string>> PlainNames = new(() =>
        Encoding.GetEncodings().Concat(CodePagesEncodingProvider.Instance.GetEncodings())
            .GroupBy(encoding => Plain(encoding.Name))
            .ToDictionary(names => names.Key, names => names.First().Name));

    /// <summary>The marks that files of other encodings begin with; the longer ones first.</summary>
    private static readonly (string Name, byte[] Mark)[] Marks =
    [
        ("UTF-32", [0xFF, 0xFE, 0, 0]),
        ("UTF-32", [0, 0, 0xFE, 0xFF]),
        ("UTF-16", [0xFF, 0xFE]),
        ("UTF-16", [0xFE, 0xFF]),
    ];

    /// <summary>An encoding that refuses bytes which are no text in it; null where the name is unknown.</summary>
    /// <param name="name">.NET's name, a code page such as <c>cp1252</c>, or Python's name.</param>
    public static Encoding? Find(string name)
    {
        var plain = Plain(name);
        return Named(PythonNames.GetValueOrDefault(plain) ?? name.Trim())
            ?? Named(PlainNames.Value.GetValueOrDefault(plain) ?? plain) ?? CodePage(plain);
    }

    /// <summary>The bytes as UTF-8 without a byte order mark: the bytes themselves, checked.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="origin">Names it in errors.</param>
    /// <exception cref="InvalidDataException">They are not UTF-8; the message names the first bad byte.</exception>
    internal static ReadOnlyMemory<byte> AsUtf8(ReadOnlyMemory<byte> bytes, string origin)
    {
        var text = bytes.Span.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes;
        return Utf8.IsValid(text.Span) && Unmarked(text.Span) is null
            ? text
            : throw new InvalidDataException(
                $"The {origin} is not UTF-8: {Problem(bytes.Span, bytes.Length - text.Length)}; save it as UTF-8");
    }

    /// <summary>The same for a data set, whose encoding the user may name.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="origin">Names it in errors.</param>
    /// <param name="encoding">Its encoding, as <see cref="Find"/> gives it; null: UTF-8.</param>
    /// <exception cref="InvalidDataException">They are not text in it.</exception>
    internal static ReadOnlyMemory<byte> Decode(ReadOnlyMemory<byte> bytes, string origin, Encoding? encoding)
    {
        try
        {
            if (encoding is UnicodeEncoding or UTF32Encoding && Unmarked(bytes.Span) is { } likely
                && Find(likely)!.CodePage != encoding.CodePage)
            {
                throw new InvalidDataException(
                    $"The {origin} is not {encoding.WebName}: {Problem(bytes.Span, 0)}; save it as UTF-8");
            }

            return encoding is null or UTF8Encoding
                ? AsUtf8(bytes, origin)
                : Encoding.UTF8.GetBytes(ByMark(encoding, bytes.Span).GetString(bytes.Span).TrimStart('\uFEFF'));
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"{error.Message}, or name its encoding").About(Setting.DataEncoding);
        }
        catch (DecoderFallbackException error)
        {
            throw new InvalidDataException(
                $"The {origin} is not {encoding!.WebName}: at byte offset {Math.Max(0, error.Index)} it has "
                + $"{Hex(error.BytesUnknown ?? [])}, which is no character of it; name the encoding that it was saved "
                + "in, or save it as UTF-8", error)
                .About(Setting.DataEncoding);
        }
    }

    /// <summary>
    /// A data set as UTF-8 without a mark, checked as it is read: memory does not grow with it.
    /// </summary>
    /// <param name="open">Opens the file, whose beginning is looked at first.</param>
    /// <param name="origin">Names it in errors.</param>
    /// <param name="encoding">Its encoding, as <see cref="Find"/> gives it; null: UTF-8.</param>
    /// <exception cref="InvalidDataException">It is not text in it; thrown while it is read, too.</exception>
    internal static Stream Open(Func<Stream> open, string origin, Encoding? encoding)
    {
        var head = new byte[LongestCharacter];
        using (var first = new CheckedText(open(), origin, isChecked: false))
        {
            head = head[..first.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        }

        bool isUtf8 = encoding is null or UTF8Encoding;
        if (Unmarked(head) is not null || (isUtf8 && Marks.Any(row => head.AsSpan().StartsWith(row.Mark))))
        {
            Decode(head, origin, encoding); // refuses what is another encoding
        }

        return new CheckedText(
            isUtf8 ? open() : Encoding.CreateTranscodingStream(open(), ByMark(encoding!, head), Encoding.UTF8), origin)
        {
            Damaged = () =>
            {
                using var stream = open();
                using var all = new MemoryStream();
                stream.CopyTo(all);
                Decode(all.ToArray(), origin, encoding);
            },
        };
    }

    /// <summary>The error of a part of a file that is not UTF-8.</summary>
    /// <param name="part">The part.</param>
    /// <param name="before">The bytes before it.</param>
    /// <param name="origin">Names the file.</param>
    internal static InvalidDataException NotUtf8(ReadOnlySpan<byte> part, long before, string origin) =>
        new InvalidDataException(
            $"The {origin} is not UTF-8: {Problem(part, 0, before)}; save it as UTF-8, or name its encoding")
            .About(Setting.DataEncoding);

    private static string Problem(ReadOnlySpan<byte> bytes, int start, long before = 0)
    {
        foreach (var (name, mark) in before > 0 ? [] : Marks)
        {
            if (bytes.StartsWith(mark))
            {
                return $"it begins with the mark of {name} ({Hex(mark)})";
            }
        }

        if (before == 0 && Unmarked(bytes) is { } likely)
        {
            return $"it begins as {likely} does ({Hex(bytes[..LongestCharacter])}), without its mark";
        }

        int offset = start + ValidLength(bytes[start..]);
        var found = bytes[offset..Math.Min(bytes.Length, offset + 3)];
        var what = found switch
        {
            [0xED, >= 0xA0 and <= 0xBF, ..] => "half of a surrogate pair",
            [0xC0 or 0xC1, ..] or [0xE0, >= 0x80 and < 0xA0, ..] or [0xF0, >= 0x80 and < 0x90, ..] =>
                "an overlong form of a character",
            _ when offset + LongestCharacter > bytes.Length && IsBeginning(bytes[offset..]) =>
                "the beginning of a character, and the file ends there",
            _ => "no character",
        };
        return $"at byte offset {before + offset} it has {Hex(found)}, which is {what}";
    }

    /// <summary>What a text of ASCII characters is in where it has no mark; null: in UTF-8, or in no text.</summary>
    private static string? Unmarked(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [not 0, 0, 0, 0, ..] => "UTF-32-LE",
        [0, 0, 0, not 0, ..] => "UTF-32-BE",
        [not 0, 0, not 0, 0, ..] => "UTF-16-LE",
        [0, not 0, 0, not 0, ..] => "UTF-16-BE",
        _ => null,
    };

    /// <summary>The length of the text before the first byte that is none.</summary>
    private static int ValidLength(ReadOnlySpan<byte> bytes)
    {
        Span<char> text = stackalloc char[1024];
        int length = 0;
        OperationStatus status;
        do
        {
            status = Utf8.ToUtf16(bytes[length..], text, out int read, out _, replaceInvalidSequences: false);
            length += read;
        }
        while (status == OperationStatus.DestinationTooSmall);
        return length;
    }

    private static bool IsBeginning(ReadOnlySpan<byte> rest) =>
        Rune.DecodeFromUtf8(rest, out _, out _) == OperationStatus.NeedMoreData;

    private static string Hex(ReadOnlySpan<byte> bytes) =>
        string.Join(' ', Convert.ToHexString(bytes).Chunk(2).Select(digits => new string(digits)));

    /// <summary>Python's utf-16 and utf-32 take the order of bytes from the mark.</summary>
    private static Encoding ByMark(Encoding encoding, ReadOnlySpan<byte> bytes) => encoding switch
    {
        UnicodeEncoding when bytes.StartsWith(Marks[2].Mark) => new UnicodeEncoding(false, true, true),
        UTF32Encoding when bytes.StartsWith(Marks[0].Mark) => new UTF32Encoding(false, true, true),
        UnicodeEncoding when bytes.StartsWith(Marks[3].Mark) => new UnicodeEncoding(true, true, true),
        UTF32Encoding when bytes.StartsWith(Marks[1].Mark) => new UTF32Encoding(true, true, true),
        _ => encoding,
    };

    private static string Plain(string name) =>
        string.Concat(name.Where(char.IsAsciiLetterOrDigit)).ToLowerInvariant();

    private static Encoding? CodePage(string name) =>
        name.StartsWith("cp", StringComparison.Ordinal)
        && int.TryParse(name.AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out int page)
            ? CodePagesEncodingProvider.Instance.GetEncoding(page, Encoder, DecoderFallback.ExceptionFallback)
            : null;

    private static Encoding? Named(string name)
    {
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(name, Encoder, DecoderFallback.ExceptionFallback)
                ?? Encoding.GetEncoding(name, Encoder, DecoderFallback.ExceptionFallback);
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    private static EncoderFallback Encoder => EncoderFallback.ExceptionFallback;
}
