using System.Text;

namespace LoNas.Text;

/// <summary>
/// Decodes ids as they arrive. The results of all <see cref="Push"/> calls and the final <see cref="Flush"/>, joined,
/// equal <see cref="TextTokenizer.Decode"/> of all the ids. No character is ever split between two results.
/// </summary>
/// <param name="tokenizer">The tokenizer that made the ids.</param>
/// <param name="skipSpecialTokens">
/// True (the default) leaves special tokens out. False writes them by name. With a <c>tokenizer.model</c> it also holds
/// text back until the next special token or the end, since LlamaTokenizer puts a space before text that is followed by
/// a special token.
/// </param>
public sealed class TokenStream(TextTokenizer tokenizer, bool skipSpecialTokens = true)
{
    private readonly StringBuilder _held = new();
    private IPieceDecoder _decoder = tokenizer.NewPieceDecoder();
    private bool _isEmpty = true;
    private bool _isFirst = true;
    private bool _followsSpecial;
    private bool _followsLone;

    /// <summary>
    /// Takes one more id and returns the text that is now certain. It is often empty, for example in the middle of a
    /// character of several bytes.
    /// </summary>
    /// <exception cref="ArgumentException">The id is negative.</exception>
    public string Push(int id)
    {
        var piece = tokenizer.PieceOf(id);
        bool isSpecial = tokenizer.IsSpecial(id);
        // Ids that the vocabulary does not use, or that lie above it, stand for no text.
        if (piece.Name.Length == 0 || (skipSpecialTokens && isSpecial))
        {
            return "";
        }

        if (!tokenizer.SpacesSpecialTokens)
        {
            return _decoder.Push(piece);
        }

        return tokenizer.IsLone(id) ? PushLone(piece.Name) : PushLlama(piece, isSpecial);
    }

    /// <summary>Returns the text still held back; an unfinished character becomes U+FFFD.</summary>
    public string Flush()
    {
        var text = _held + _decoder.Flush();
        _held.Clear();
        _decoder = tokenizer.NewPieceDecoder();
        return text;
    }

    // LlamaTokenizer puts a space on both sides of such a token and starts decoding afresh after it.
    private string PushLone(string name)
    {
        var text = $"{Flush()}{(_isEmpty ? "" : " ")}{name}";
        (_isEmpty, _isFirst, _followsSpecial, _followsLone) = (false, true, false, true);
        return text;
    }

    private string PushLlama(TokenPiece piece, bool isSpecial)
    {
        var space = _followsLone ? " " : "";
        (_isEmpty, _followsLone) = (false, false);
        if (skipSpecialTokens)
        {
            return space + _decoder.Push(piece);
        }

        bool isSpaced = !_isFirst && !_followsSpecial;
        (_isFirst, _followsSpecial) = (false, isSpecial);
        if (isSpecial)
        {
            return $"{space}{(isSpaced ? " " : "")}{Flush()}{piece.Name}";
        }

        _held.Append(_decoder.Push(piece));
        return space;
    }
}
