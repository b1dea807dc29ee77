using LoNas.Text.TokenizerJson;

namespace LoNas.Text;

/// <summary>One entry of a vocabulary: its name, and what it stands for in decoded text.</summary>
/// <param name="Name">The name as the vocabulary lists it, such as <c>▁the</c>, <c>&lt;0x0A&gt;</c> or <c>&lt;/s&gt;</c>.</param>
/// <param name="Text">Its text with real spaces; empty for a byte or a control piece.</param>
/// <param name="Byte">The byte it stands for, or -1: bytes are joined to characters across pieces.</param>
internal readonly record struct TokenPiece(string Name, string Text, int Byte = -1);

/// <summary>Joins pieces to text, one at a time.</summary>
internal interface IPieceDecoder
{
    /// <summary>The text that is certain after one more piece.</summary>
    string Push(TokenPiece piece);

    /// <summary>The text still held back.</summary>
    string Flush();
}

/// <summary>
/// What one kind of tokenizer file gives to <see cref="TextTokenizer"/>: adding a kind means adding a reader that
/// fills this in.
/// </summary>
internal sealed record Vocabulary
{
    /// <summary>The pieces, by id; one without a name where the file leaves an id out.</summary>
    public required IReadOnlyList<TokenPiece> Pieces { get; init; }

    /// <summary>The ids by name.</summary>
    public required IReadOnlyDictionary<string, int> Ids { get; init; }

    /// <summary>Changes text before it is split, but for added tokens that are not normalised.</summary>
    public Func<string, string> Normalize { get; init; } = text => text;

    /// <summary>
    /// Encodes normalised text that holds no added token, and is told whether it begins the whole text; adds no special
    /// tokens.
    /// </summary>
    public required Func<string, bool, IReadOnlyList<int>> Encode { get; init; }

    /// <summary>The tokens that the file itself adds; those that the configuration names come on top.</summary>
    public IReadOnlyList<AddedToken> AddedTokens { get; init; } = [];

    /// <summary>The special tokens around a text; null leaves them to the configuration.</summary>
    public SequenceTemplate? Template { get; init; }

    /// <summary>Makes a decoder at the beginning of a text.</summary>
    public required Func<IPieceDecoder> NewDecoder { get; init; }

    /// <summary>Whether special tokens are named and written as the slow LlamaTokenizer does.</summary>
    public bool IsSlowLlama { get; init; }

    /// <summary>
    /// Added tokens that the slow LlamaTokenizer decodes on their own, with spaces to the text around them.
    /// </summary>
    public IReadOnlySet<int> LoneIds { get; init; } = new HashSet<int>();

    /// <summary>The file the vocabulary came from, for messages.</summary>
    public required string Origin { get; init; }
}
