using LoNas.Text.TokenizerJson;

namespace LoNas.Text;

/// <summary>One entry of a vocabulary: its name and the text it decodes to.</summary>
/// <param name="Name">
/// The name in the vocabulary, such as <c>▁the</c>, <c>&lt;0x0A&gt;</c> or <c>&lt;/s&gt;</c>.
/// </param>
/// <param name="Text">The text with ordinary spaces; empty for a byte or a control piece.</param>
/// <param name="Byte">The byte it stands for, or -1. Bytes of consecutive pieces together form characters.</param>
internal readonly record struct TokenPiece(string Name, string Text, int Byte = -1);

/// <summary>Decodes pieces to text, one at a time.</summary>
internal interface IPieceDecoder
{
    /// <summary>Takes one more piece and returns the text that is now certain.</summary>
    string Push(TokenPiece piece);

    /// <summary>Returns the text still held back.</summary>
    string Flush();
}

/// <summary>
/// What <see cref="TextTokenizer"/> needs from a tokenizer file. To support another kind of file, add a reader that
/// fills this in.
/// </summary>
internal sealed record Vocabulary
{
    /// <summary>The pieces by id; a piece without a name where the file does not use an id.</summary>
    public required IReadOnlyList<TokenPiece> Pieces { get; init; }

    /// <summary>The ids by name.</summary>
    public required IReadOnlyDictionary<string, int> Ids { get; init; }

    /// <summary>
    /// Normalises text before it is split; applied after added tokens that match the original text are cut out.
    /// </summary>
    public Func<string, string> Normalize { get; init; } = text => text;

    /// <summary>
    /// Encodes normalised text without added tokens. The flag says whether it begins the whole text. Adds no special
    /// tokens.
    /// </summary>
    public required Func<string, bool, IReadOnlyList<int>> Encode { get; init; }

    /// <summary>The added tokens of the file itself; tokens named in the configuration come on top.</summary>
    public IReadOnlyList<AddedToken> AddedTokens { get; init; } = [];

    /// <summary>The special tokens around a text; null if the configuration decides.</summary>
    public SequenceTemplate? Template { get; init; }

    /// <summary>Makes a decoder for a new text.</summary>
    public required Func<IPieceDecoder> NewDecoder { get; init; }

    /// <summary>Whether special tokens are handled as the slow LlamaTokenizer handles them.</summary>
    public bool IsSlowLlama { get; init; }

    /// <summary>
    /// Added tokens that the slow LlamaTokenizer decodes separately, with spaces between them and the text around them.
    /// </summary>
    public IReadOnlySet<int> LoneIds { get; init; } = new HashSet<int>();

    /// <summary>The file that the vocabulary was read from, for messages.</summary>
    public required string Origin { get; init; }
}
