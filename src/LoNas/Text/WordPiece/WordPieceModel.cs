using LoNas.Text.TokenizerJson;

namespace LoNas.Text.WordPiece;

/// <summary>
/// WordPiece: takes the longest piece at the start of a word, then the longest that continues it, and so on. If some
/// part has no piece, the whole word is unknown.
/// </summary>
internal sealed class WordPieceModel
{
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _ids;
    private readonly string _prefix;
    private readonly int _unknownId;
    private readonly int _maxWordLength;
    private readonly int _maxPieceLength;

    /// <param name="ids">The pieces.</param>
    /// <param name="prefix">The prefix of pieces that continue a word, such as ##.</param>
    /// <param name="unknownId">The id of an unknown word.</param>
    /// <param name="maxWordLength">Words with more characters are unknown.</param>
    public WordPieceModel(Dictionary<string, int> ids, string prefix, int unknownId, int maxWordLength)
    {
        _ids = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        (_prefix, _unknownId, _maxWordLength) = (prefix, unknownId, maxWordLength);
        _maxPieceLength = ids.Keys.Max(name => name.Length);
    }

    /// <summary>Reads the <c>model</c> of type WordPiece in tokenizer.json.</summary>
    /// <exception cref="InvalidDataException">
    /// A key has a value that is not supported or does not fit the vocabulary.
    /// </exception>
    public static WordPieceModel Read(TokenizerNode model, Dictionary<string, int> vocabulary) => new(
        vocabulary,
        model.Text("continuing_subword_prefix", "##"),
        model.IdOf("unk_token", vocabulary) ?? throw model.Unsupported("an 'unk_token'"),
        model.Has("max_input_chars_per_word") ? model["max_input_chars_per_word"].AsNumber() : 100);

    /// <summary>The ids of one word.</summary>
    public IReadOnlyList<int> Encode(string word)
    {
        // A word has at most as many characters as UTF-16 units, so most words need no count.
        if (word.Length > _maxWordLength && word.EnumerateRunes().Count() > _maxWordLength)
        {
            return [_unknownId];
        }

        var ids = new List<int>();
        for (int start = 0; start < word.Length;)
        {
            // A piece that continues a word is looked up with its prefix, so the prefix is put before the rest of the
            // word.
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

/// <summary>
/// Decodes WordPiece tokens: a space goes before each token except the first and those that continue a word.
/// </summary>
/// <param name="prefix">The prefix of pieces that continue a word.</param>
/// <param name="cleansUp">Whether spaces before punctuation and English contractions are removed.</param>
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
