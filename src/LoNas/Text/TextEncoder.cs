namespace LoNas.Text;

/// <summary>
/// Encodes text without the special tokens around it: added tokens are cut out first, the model encodes the rest.
/// </summary>
internal sealed class TextEncoder
{
    private readonly Vocabulary _vocabulary;
    private readonly AddedTokenSplitter _raw;
    private readonly AddedTokenSplitter _normalized;

    /// <param name="vocabulary">Normalises and encodes the text between added tokens.</param>
    /// <param name="tokens">All added tokens.</param>
    public TextEncoder(Vocabulary vocabulary, IReadOnlyList<AddedToken> tokens)
    {
        _vocabulary = vocabulary;
        _raw = new AddedTokenSplitter(tokens.Where(token => !token.IsNormalized));
        _normalized = new AddedTokenSplitter(tokens.Where(token => token.IsNormalized)
            .Select(token => token with { Content = vocabulary.Normalize(token.Content) }));
    }

    /// <summary>The ids of a text. Each part between added tokens is encoded separately.</summary>
    public List<int> Encode(string text)
    {
        var ids = new List<int>();
        bool isFirst = true;
        foreach (var (part, token) in _raw.Split(text))
        {
            var pieces = token is null ? _normalized.Split(_vocabulary.Normalize(part)) : [(part, token)];
            foreach (var (piece, inner) in pieces)
            {
                ids.AddRange(inner is null ? _vocabulary.Encode(piece, isFirst) : [inner.Id]);
                isFirst = false;
            }
        }

        return ids;
    }
}
