using System.Text;
using LoNas.Storage;
using LoNas.Text.Chat;
using LoNas.Text.TokenizerJson;

namespace LoNas.Text;

/// <summary>One or two texts as the input of a classifier.</summary>
/// <param name="InputIds">The token ids including special tokens, [T].</param>
/// <param name="TokenTypeIds">Which text each token belongs to, 0 or 1, [T].</param>
public sealed record EncodedPair(int[] InputIds, int[] TokenTypeIds);

/// <summary>
/// Converts text to token ids and back. A <c>tokenizer.model</c> gives the same ids as the slow <c>LlamaTokenizer</c>
/// of Transformers 4.31 (<c>legacy</c> is true unless the folder says otherwise), a <c>tokenizer.json</c> the same as
/// the tokenizers library, and a <c>vocab.txt</c> the same as BERT's tokenizer.
/// </summary>
public sealed class TextTokenizer
{
    private const int NoToken = -1;

    private readonly Vocabulary _vocabulary;
    private readonly TokenizerSettings _settings;
    private readonly HashSet<int> _specialIds;
    private readonly TextEncoder _encoder;
    private readonly SequenceTemplate _template;

    private TextTokenizer(Vocabulary vocabulary, TokenizerSettings settings)
    {
        (_vocabulary, _settings) = (vocabulary, settings);
        FoundBosId = FindNamed("bos_token", settings.BosToken);
        FoundEosId = FindNamed("eos_token", settings.EosToken);
        FoundUnkId = FindNamed("unk_token", settings.UnkToken);
        var own = vocabulary.AddedTokens.Select(token => token.Content).ToHashSet();
        var named = settings.Names.Where(name => !own.Contains(name) && vocabulary.Ids.ContainsKey(name))
            .Select(name => new AddedToken(vocabulary.Ids[name], name));
        AddedToken[] tokens = [.. vocabulary.AddedTokens, .. named];
        _specialIds = [.. tokens.Where(token => token.IsSpecial).Select(token => token.Id)];
        _specialIds.UnionWith(settings.Names.Select(name => FindId(name)).OfType<int>());
        _encoder = new TextEncoder(vocabulary, tokens);
        _template = ChooseTemplate();
    }

    /// <summary>The highest id plus one. It counts pieces, added tokens and any unused ids between them.</summary>
    public int VocabularySize => _vocabulary.Pieces.Count;

    /// <summary>The id of the token that begins a sequence.</summary>
    /// <exception cref="InvalidDataException">The tokenizer has none.</exception>
    public int BosId => FoundBosId ?? throw Missing("bos_token");

    /// <summary>The id of the token that ends a sequence.</summary>
    /// <exception cref="InvalidDataException">The tokenizer has none.</exception>
    public int EosId => FoundEosId ?? throw Missing("eos_token");

    /// <summary>The id that stands for text that can't be encoded.</summary>
    /// <exception cref="InvalidDataException">The tokenizer has none.</exception>
    public int UnkId => FoundUnkId ?? throw Missing("unk_token");

    /// <summary>The id of the padding token; null if there is none, as in many models.</summary>
    public int? PadId => _settings.PadToken is { } name ? FindId(name) : null;

    /// <summary>The name of the token that ends a sequence; null where there is none.</summary>
    internal string? EosText => _settings.EosToken;

    internal bool SpacesSpecialTokens => _vocabulary.IsSlowLlama;

    internal int? FoundBosId { get; }

    internal int? FoundEosId { get; }

    internal int? FoundUnkId { get; }

    /// <summary>Loads the tokenizer of a Hugging Face folder.</summary>
    /// <param name="folder">
    /// A folder with <c>tokenizer.model</c>, <c>tokenizer.json</c> or <c>vocab.txt</c>; if it has several, the first in
    /// this order is used. <c>tokenizer_config.json</c>, <c>special_tokens_map.json</c> and <c>added_tokens.json</c>
    /// are read if they exist.
    /// </param>
    /// <exception cref="InvalidDataException">
    /// The folder or the tokenizer is missing, or a file is malformed.
    /// </exception>
    public static TextTokenizer Load(string folder) =>
        TokenizerFolder.Load(folder, (vocabulary, settings) => new TextTokenizer(vocabulary, settings));

    /// <summary>
    /// The ids of a text, including the special tokens that the tokenizer and its configuration put around it, such as
    /// BOS.
    /// </summary>
    /// <param name="text">
    /// The text. A special token written in it, such as <c>&lt;/s&gt;</c>, becomes that token's id.
    /// </param>
    public int[] Encode(string text) => _template.Build(_encoder.Encode(text), null).InputIds;

    /// <summary>
    /// The ids of a text that has its special tokens written in it, such as a rendered chat: none are put around it.
    /// </summary>
    /// <param name="text">The text.</param>
    public int[] EncodeRaw(string text) => [.. _encoder.Encode(text)];

    /// <summary>The same, with which tokens reach into given spans of the text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="spans">The spans, in order and apart.</param>
    /// <returns>The ids, [T], and for each whether it has a character of a span, [T].</returns>
    public (int[] Ids, bool[] Marked) EncodeRaw(string text, IReadOnlyList<TextSpan> spans) =>
        _encoder.Encode(text, spans);

    /// <summary>Ids of a text with the tokens that are put around texts, and how many of these are in front.</summary>
    internal (int[] Ids, int Before) Frame(IReadOnlyList<int> ids) => (
        _template.Build(ids, null).InputIds, Array.IndexOf(_template.Build([NoToken], null).InputIds, NoToken));

    /// <summary>Where the last special token that a text writes ends, in UTF-16; 0 where it writes none.</summary>
    internal int EndOfLastSpecial(string text) => _encoder.EndOfLast(text, _specialIds);

    /// <summary>Encodes one or two texts as the input of a classifier, cut to a length.</summary>
    /// <param name="first">The first text.</param>
    /// <param name="second">The second text; null for one text.</param>
    /// <param name="maxLength">
    /// The largest number of tokens, special tokens included; null for no limit. If there are more, the longer text is
    /// cut.
    /// </param>
    /// <exception cref="ArgumentException">The special tokens alone exceed <paramref name="maxLength"/>.</exception>
    public EncodedPair EncodePair(string first, string? second = null, int? maxLength = null)
    {
        var ids = _encoder.Encode(first);
        var secondIds = second is null ? null : _encoder.Encode(second);
        return maxLength is { } most ? _template.BuildWithin(most, ids, secondIds) : _template.Build(ids, secondIds);
    }

    /// <summary>The text of token ids.</summary>
    /// <param name="ids">
    /// Ids, none negative. An id without a token gives no text: a model whose vocabulary is padded can generate such
    /// ids.
    /// </param>
    /// <param name="skipSpecialTokens">
    /// True leaves special tokens out. False writes them by name. With a <c>tokenizer.model</c>, text that is followed
    /// by a special token then gets a space in front, as in LlamaTokenizer, unless it begins the sequence.
    /// </param>
    /// <exception cref="ArgumentException">An id is negative.</exception>
    public string Decode(IReadOnlyList<int> ids, bool skipSpecialTokens)
    {
        var stream = new TokenStream(this, skipSpecialTokens);
        var text = new StringBuilder();
        foreach (int id in ids)
        {
            text.Append(stream.Push(id));
        }

        return text.Append(stream.Flush()).ToString();
    }

    /// <summary>Whether an id is a special token (BOS, EOS, padding and the like), which decoding may skip.</summary>
    public bool IsSpecial(int id) => _specialIds.Contains(id);

    /// <summary>The id of the piece with this name in the vocabulary; null if there is none.</summary>
    public int? FindId(string name) => _vocabulary.Ids.TryGetValue(name, out int id) ? id : null;

    internal IPieceDecoder NewPieceDecoder() => _vocabulary.NewDecoder();

    internal TokenPiece PieceOf(int id) =>
        id < 0 ? throw new ArgumentException($"The token id {id} is negative; expected ids from 0 on", nameof(id))
        : id < VocabularySize ? _vocabulary.Pieces[id]
        : new TokenPiece("", "");

    /// <summary>Whether the slow LlamaTokenizer decodes this id separately from the text around it.</summary>
    internal bool IsLone(int id) => _vocabulary.LoneIds.Contains(id);

    private SequenceTemplate ChooseTemplate()
    {
        if (_vocabulary.Template is not { } template || _settings.IsLlama)
        {
            return SequenceTemplate.Llama(
                _settings.AddBos ?? true ? FoundBosId : null, _settings.AddEos ?? false ? FoundEosId : null);
        }

        template = _settings.AddBos is { } addsBos && FoundBosId is { } bos ? template.WithBos(bos, addsBos) : template;
        return _settings.AddEos is { } addsEos && FoundEosId is { } eos ? template.WithEos(eos, addsEos) : template;
    }

    private int? FindNamed(string key, string? name) =>
        name is null ? null
        : FindId(name) is { } id ? id
        : throw new InvalidDataException(
            $"The {key} '{Excerpt.Of(name)}' is no piece of the tokenizer '{_vocabulary.Origin}'; "
            + "name one of its pieces in tokenizer_config.json, or give its id in added_tokens.json");

    private InvalidDataException Missing(string key) => new(
        $"The tokenizer '{_vocabulary.Origin}' has no {key}, which is needed here; name one in tokenizer_config.json");
}
