namespace LoNas.Text;

/// <summary>
/// What one kind of tokenizer file gives to <see cref="TextTokenizer"/>: adding a kind means adding a reader that
/// fills this in.
/// </summary>
internal sealed record Vocabulary
{
    /// <summary>The pieces, by id.</summary>
    public required IReadOnlyList<TokenPiece> Pieces { get; init; }

    /// <summary>The ids by name.</summary>
    public required IReadOnlyDictionary<string, int> Ids { get; init; }

    /// <summary>Encodes text that holds no special token; adds neither BOS nor EOS.</summary>
    public required Func<string, IReadOnlyList<int>> Encode { get; init; }

    /// <summary>Whether encoding puts a space before the text, which decoding takes away again.</summary>
    public required bool HasDummyPrefix { get; init; }

    /// <summary>The file the vocabulary came from, for messages.</summary>
    public required string Origin { get; init; }
}
