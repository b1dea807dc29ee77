using System.Text;

namespace LoNas.Text;

/// <summary>
/// Decodes ids as they come. All that <see cref="Push"/> and <see cref="Flush"/> return, joined, equals
/// <see cref="TextTokenizer.Decode"/> of all the ids; no character is ever cut in two.
/// </summary>
/// <param name="tokenizer">The tokenizer that made the ids.</param>
/// <param name="skipSpecialTokens">
/// True (the default) leaves special tokens out. False writes them by name; with a <c>tokenizer.model</c> it also holds
/// text back until the next special token or the end, since LlamaTokenizer puts a space before a stretch that a
/// special token follows.
/// </param>
public sealed class TokenStream(TextTokenizer tokenizer, bool skipSpecialTokens = true)
{
    private readonly StringBuilder _held = new();
    private IPieceDecoder _decoder = tokenizer.NewPieceDecoder();
    private bool _isEmpty = true;
    private bool _isFirst = true;
    private bool _followsSpecial;
    private bool _followsLone;

    /// <summary>The text that is certain after one more id; often empty, as within a character of several bytes.</summary>
    /// <exception cref="ArgumentException">The id is negative.</exception>
    public string Push(int id)
    {
        var piece = tokenizer.PieceOf(id);
        bool isSpecial = tokenizer.IsSpecial(id);
        // An id that the vocabulary leaves out, or one above it, stands for nothing.
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

    /// <summary>The text still held back; an unfinished character becomes U+FFFD.</summary>
    public string Flush()
    {
        var text = _held + _decoder.Flush();
        _held.Clear();
        _decoder = tokenizer.NewPieceDecoder();
        return text;
    }

    // LlamaTokenizer puts a space between such a token and what is around it, and decodes each stretch anew.
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
