using System.Text;
using LoNas.Storage;
using LoNas.Text.TokenizerJson;

namespace LoNas.Text;

/// <summary>One text or two as the input of a classifier.</summary>
/// <param name="InputIds">The token ids, special tokens among them, [T].</param>
/// <param name="TokenTypeIds">For each token which text it belongs to, 0 or 1, [T].</param>
public sealed record EncodedPair(int[] InputIds, int[] TokenTypeIds);

/// <summary>
/// Text to token ids and back. A <c>tokenizer.model</c> gives the ids of the slow <c>LlamaTokenizer</c> of
/// Transformers 4.31 (its default, "legacy" behaviour), a <c>tokenizer.json</c> those of the tokenizers library, a
/// <c>vocab.txt</c> those of BERT's tokenizer.
/// </summary>
public sealed class TextTokenizer
{
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

    /// <summary>The highest id and one: pieces, added tokens and ids left out between them.</summary>
    public int VocabularySize => _vocabulary.Pieces.Count;

    /// <summary>The id that begins a sequence.</summary>
    /// <exception cref="InvalidDataException">The tokenizer has none.</exception>
    public int BosId => FoundBosId ?? throw Missing("bos_token");

    /// <summary>The id that ends a sequence.</summary>
    /// <exception cref="InvalidDataException">The tokenizer has none.</exception>
    public int EosId => FoundEosId ?? throw Missing("eos_token");

    /// <summary>The id of what can't be encoded.</summary>
    /// <exception cref="InvalidDataException">The tokenizer has none.</exception>
    public int UnkId => FoundUnkId ?? throw Missing("unk_token");

    /// <summary>The padding token, or null: many models have none.</summary>
    public int? PadId => _settings.PadToken is { } name ? FindId(name) : null;

    internal bool SpacesSpecialTokens => _vocabulary.IsSlowLlama;

    internal int? FoundBosId { get; }

    internal int? FoundEosId { get; }

    internal int? FoundUnkId { get; }

    /// <summary>Loads the tokenizer of a Hugging Face folder.</summary>
    /// <param name="folder">
    /// Holds <c>tokenizer.model</c>, <c>tokenizer.json</c> or <c>vocab.txt</c>, of several the first in this order, and
    /// perhaps <c>tokenizer_config.json</c>, <c>special_tokens_map.json</c> and <c>added_tokens.json</c>.
    /// </param>
    /// <exception cref="InvalidDataException">The folder or the tokenizer is missing, or a file is not as expected.</exception>
    public static TextTokenizer Load(string folder) =>
        TokenizerFolder.Load(folder, (vocabulary, settings) => new TextTokenizer(vocabulary, settings));

    /// <summary>
    /// The ids of a text with the special tokens around it that the tokenizer and its configuration ask for, such as
    /// BOS.
    /// </summary>
    /// <param name="text">Special tokens written in it, such as <c>&lt;/s&gt;</c>, become their own id.</param>
    public int[] Encode(string text) => _template.Build(_encoder.Encode(text), null).InputIds;

    /// <summary>The input of a classifier: one text or two, cut to a length.</summary>
    /// <param name="first">The first text.</param>
    /// <param name="second">The second text, or null.</param>
    /// <param name="maxLength">The most tokens, special ones included; null for no limit. The longer text is cut.</param>
    /// <exception cref="ArgumentException">The special tokens alone are longer.</exception>
    public EncodedPair EncodePair(string first, string? second = null, int? maxLength = null)
    {
        var ids = _encoder.Encode(first);
        var secondIds = second is null ? null : _encoder.Encode(second);
        return maxLength is { } most ? _template.BuildWithin(most, ids, secondIds) : _template.Build(ids, secondIds);
    }

    /// <summary>The text of token ids.</summary>
    /// <param name="ids">
    /// Ids from 0 on. One without a token gives nothing: a model whose vocabulary is padded can generate such ids.
    /// </param>
    /// <param name="skipSpecialTokens">
    /// True leaves special tokens out. False writes them by name; with a <c>tokenizer.model</c>, as in LlamaTokenizer,
    /// a stretch of text that a special token follows then has a space before it, unless the sequence begins with it.
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

    /// <summary>Whether decoding may leave an id out: BOS, EOS, padding and their like.</summary>
    public bool IsSpecial(int id) => _specialIds.Contains(id);

    /// <summary>The id of a piece by its name in the vocabulary, or null.</summary>
    public int? FindId(string name) => _vocabulary.Ids.TryGetValue(name, out int id) ? id : null;

    internal IPieceDecoder NewPieceDecoder() => _vocabulary.NewDecoder();

    internal TokenPiece PieceOf(int id) =>
        id < 0 ? throw new ArgumentException($"The token id {id} is negative; expected ids from 0 on", nameof(id))
        : id < VocabularySize ? _vocabulary.Pieces[id]
        : new TokenPiece("", "");

    /// <summary>Whether the slow LlamaTokenizer decodes an id on its own.</summary>
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
