using LoNas.Text.TokenizerJson;

namespace LoNas.Text.WordPiece;

/// <summary>
/// WordPiece: the longest piece at the start of a word, then the longest that continues it, and so on; a word that has
/// a part without piece is unknown as a whole.
/// </summary>
internal sealed class WordPieceModel
{
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _ids;
    private readonly string _prefix;
    private readonly int _unknownId;
    private readonly int _maxWordLength;
    private readonly int _maxPieceLength;

    /// <param name="ids">The pieces.</param>
    /// <param name="prefix">What begins a piece that continues a word, such as ##.</param>
    /// <param name="unknownId">The id of an unknown word.</param>
    /// <param name="maxWordLength">Words of more characters are unknown.</param>
    public WordPieceModel(Dictionary<string, int> ids, string prefix, int unknownId, int maxWordLength)
    {
        _ids = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        (_prefix, _unknownId, _maxWordLength) = (prefix, unknownId, maxWordLength);
        _maxPieceLength = ids.Keys.Max(name => name.Length);
    }

    /// <summary>Reads the <c>model</c> of type WordPiece in tokenizer.json.</summary>
    /// <exception cref="InvalidDataException">A key has a value that is not supported or does not fit.</exception>
    public static WordPieceModel Read(TokenizerNode model, Dictionary<string, int> vocabulary) => new(
        vocabulary,
        model.Text("continuing_subword_prefix", "##"),
        model.IdOf("unk_token", vocabulary) ?? throw model.Unsupported("an 'unk_token'"),
        model.Has("max_input_chars_per_word") ? model["max_input_chars_per_word"].AsNumber() : 100);

    /// <summary>The ids of one word.</summary>
    public IReadOnlyList<int> Encode(string word)
    {
        // A word of few UTF-16 units has few characters, so most words need no count.
        if (word.Length > _maxWordLength && word.EnumerateRunes().Count() > _maxWordLength)
        {
            return [_unknownId];
        }

        var ids = new List<int>();
        for (int start = 0; start < word.Length;)
        {
            // Pieces that continue a word are looked up with their prefix, written before the rest of the word.
            var rest = start == 0 ? word : _prefix + word[start..];
            int skipped = rest.Length - (word.Length - start);
            int end = Math.Min(rest.Length, _maxPieceLength);
            int id = -1;
            while (end > skipped && !_ids.TryGetValue(rest.AsSpan(0, end), out id))
            {
                end--;
            }

            if (end <= skipped)
            {
                return [_unknownId];
            }

            ids.Add(id);
            start += end - skipped;
        }

        return ids;
    }
}

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
