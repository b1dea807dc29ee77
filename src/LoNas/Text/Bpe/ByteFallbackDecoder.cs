using System.Globalization;
using System.Text;
using LoNas.Text.SentencePiece;

namespace LoNas.Text.Bpe;

/// <summary>Joins pieces that write spaces as another character, such as ▁.</summary>
/// <param name="symbol">What stands for a space.</param>
/// <param name="hasDummyPrefix">Whether the spaces that begin the first piece go.</param>
internal sealed class MetaspaceDecoder(char symbol, bool hasDummyPrefix) : IPieceDecoder
{
    private bool _isFirst = true;

    public string Push(TokenPiece piece)
    {
        var text = _isFirst && hasDummyPrefix ? piece.Name.Replace(symbol.ToString(), "") : piece.Name.Replace(symbol, ' ');
        _isFirst = false;
        return text;
    }

    public string Flush() => "";
}

/// <summary>
/// Joins pieces with byte fallback as a decoder of tokenizer.json does: runs of byte pieces become text, or one U+FFFD
/// a byte where the run as a whole is no UTF-8 (SentencePiece, and so <see cref="PieceDecoder"/>, saves what it can).
/// </summary>
/// <param name="replacements">What is replaced within every piece, in order.</param>
/// <param name="hasBytes">Whether pieces such as <c>&lt;0x0A&gt;</c> are bytes.</param>
/// <param name="stripped">The character taken away at the start of the text.</param>
/// <param name="strippedCount">How many of them at most.</param>
internal sealed class ByteFallbackDecoder(
    IReadOnlyList<(string From, string To)> replacements, bool hasBytes, char stripped, int strippedCount)
    : IPieceDecoder
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private readonly List<byte> _run = [];
    private int _left = strippedCount;

    public string Push(TokenPiece piece)
    {
        var text = replacements.Aggregate(piece.Name, (name, pair) => name.Replace(pair.From, pair.To));
        if (hasBytes && text is ['<', '0', 'x', _, _, '>'] && byte.TryParse(
            text.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value))
        {
            _run.Add(value);
            return "";
        }

        return text.Length == 0 && _run.Count == 0 ? "" : Strip(TakeRun() + text);
    }

    public string Flush() => Strip(TakeRun());

    private string TakeRun()
    {
        try
        {
            return Strict.GetString([.. _run]);
        }
        catch (DecoderFallbackException)
        {
            return new string('\ufffd', _run.Count);
        }
        finally
        {
            _run.Clear();
        }
    }

    private string Strip(string text)
    {
        int start = 0;
        while (start < text.Length && _left > 0)
        {
            _left = text[start] == stripped ? _left - 1 : 0;
            start += text[start] == stripped ? 1 : 0;
        }

        return text[start..];
    }
}
