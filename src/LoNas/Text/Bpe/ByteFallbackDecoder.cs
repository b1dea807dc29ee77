using System.Globalization;
using System.Text;
using LoNas.Text.SentencePiece;

namespace LoNas.Text.Bpe;

/// <summary>Decodes pieces in which another character, such as ▁, stands for a space.</summary>
/// <param name="symbol">The character that stands for a space.</param>
/// <param name="hasDummyPrefix">Whether the symbols of the first piece are removed instead of becoming spaces.</param>
internal sealed class MetaspaceDecoder(char symbol, bool hasDummyPrefix) : IPieceDecoder
{
    private bool _isFirst = true;

    public string Push(TokenPiece piece)
    {
        var text = _isFirst && hasDummyPrefix
            ? piece.Name.Replace(symbol.ToString(), "")
            : piece.Name.Replace(symbol, ' ');
        _isFirst = false;
        return text;
    }

    public string Flush() => "";
}

/// <summary>
/// Decodes pieces with byte fallback as a decoder of tokenizer.json does. A run of byte pieces becomes text if the
/// whole run is valid UTF-8, otherwise one U+FFFD per byte. (SentencePiece, and so <see cref="PieceDecoder"/>, keeps
/// the valid characters of such a run.)
/// </summary>
/// <param name="replacements">Replacements made within each piece, in order.</param>
/// <param name="hasBytes">Whether pieces such as <c>&lt;0x0A&gt;</c> stand for bytes.</param>
/// <param name="stripped">The character removed at the start of the text.</param>
/// <param name="strippedCount">How many of them are removed at most.</param>
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
