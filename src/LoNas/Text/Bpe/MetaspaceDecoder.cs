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
