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
    private bool _isFirst = true;
    private bool _followsSpecial;

    /// <summary>The text that is certain after one more id; often empty, as within a character of several bytes.</summary>
    /// <exception cref="ArgumentException">The id is not in the vocabulary.</exception>
    public string Push(int id)
    {
        var piece = tokenizer.PieceOf(id);
        bool isSpecial = tokenizer.IsSpecial(id);
        if (skipSpecialTokens && isSpecial)
        {
            return "";
        }

        if (skipSpecialTokens || !tokenizer.SpacesSpecialTokens)
        {
            // An id that the vocabulary leaves out stands for nothing.
            return piece.Name.Length == 0 ? "" : _decoder.Push(piece);
        }

        bool isSpaced = !_isFirst && !_followsSpecial;
        (_isFirst, _followsSpecial) = (false, isSpecial);
        if (isSpecial)
        {
            return $"{(isSpaced ? " " : "")}{Flush()}{piece.Name}";
        }

        _held.Append(_decoder.Push(piece));
        return "";
    }

    /// <summary>The text still held back; an unfinished character becomes U+FFFD.</summary>
    public string Flush()
    {
        var text = _held + _decoder.Flush();
        _held.Clear();
        _decoder = tokenizer.NewPieceDecoder();
        return text;
    }
}
