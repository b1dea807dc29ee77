namespace LoNas.Text.WordPiece;

/// <summary>Joins WordPiece tokens: a space before each but the first and those that continue a word.</summary>
/// <param name="prefix">What begins a piece that continues a word.</param>
/// <param name="cleansUp">Whether spaces before punctuation and English short forms go.</param>
internal sealed class WordPieceDecoder(string prefix, bool cleansUp) : IPieceDecoder
{
    private static readonly (string From, string To)[] ShortForms =
    [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
        (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ];

    private bool _isFirst = true;

    public string Push(TokenPiece piece)
    {
        var text = _isFirst ? piece.Name
            : prefix.Length > 0 && piece.Name.StartsWith(prefix, StringComparison.Ordinal) ? piece.Name[prefix.Length..]
            : " " + piece.Name;
        _isFirst = false;
        return cleansUp ? ShortForms.Aggregate(text, (result, pair) => result.Replace(pair.From, pair.To)) : text;
    }

    public string Flush() => "";
}
