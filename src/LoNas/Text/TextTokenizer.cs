using System.Text;
using System.Text.RegularExpressions;
using LoNas.Files;

namespace LoNas.Text;

/// <summary>
/// Text to token ids and back, id for id as the slow <c>LlamaTokenizer</c> of Transformers 4.31 (its default,
/// "legacy" behaviour).
/// </summary>
public sealed class TextTokenizer
{
    private readonly Vocabulary _vocabulary;
    private readonly TokenizerSettings _settings;
    private readonly HashSet<int> _specialIds;
    private readonly Regex _specialNames;

    private TextTokenizer(Vocabulary vocabulary, TokenizerSettings settings)
    {
        (_vocabulary, _settings) = (vocabulary, settings);
        BosId = RequireId("bos_token", settings.BosToken);
        EosId = RequireId("eos_token", settings.EosToken);
        UnkId = RequireId("unk_token", settings.UnkToken);
        _specialIds = [BosId, EosId, UnkId];
        if (settings.PadToken is { } pad && vocabulary.Ids.TryGetValue(pad, out int padId))
        {
            _specialIds.Add(padId);
        }

        // The longest name first, where one begins another; the group makes Split keep the names.
        var names = _specialIds.Select(id => vocabulary.Pieces[id].Name).OrderByDescending(name => name.Length);
        _specialNames = new Regex($"({string.Join('|', names.Select(Regex.Escape))})", RegexOptions.CultureInvariant);
    }

    /// <summary>The number of pieces; ids run from 0 to one less.</summary>
    public int VocabularySize => _vocabulary.Pieces.Count;

    /// <summary>The id that begins a sequence.</summary>
    public int BosId { get; }

    /// <summary>The id that ends a sequence.</summary>
    public int EosId { get; }

    /// <summary>The id of what can't be encoded.</summary>
    public int UnkId { get; }

    /// <summary>Loads the tokenizer of a Hugging Face folder.</summary>
    /// <param name="folder">
    /// Holds <c>tokenizer.model</c>, and perhaps <c>tokenizer_config.json</c> and <c>special_tokens_map.json</c>.
    /// </param>
    /// <exception cref="InvalidDataException">The folder or the tokenizer is missing, or a file is not as expected.</exception>
    public static TextTokenizer Load(string folder)
    {
        InputPath.RequireFolder(folder, "model");
        var model = Path.Combine(folder, SentencePieceReader.FileName);
        if (!File.Exists(model))
        {
            throw new InvalidDataException(
                $"The model folder '{folder}' has no tokenizer: expected '{SentencePieceReader.FileName}' "
                + "(SentencePiece); copy it from the model's original folder");
        }

        return new TextTokenizer(SentencePieceReader.Read(model), TokenizerSettings.Load(folder));
    }

    /// <summary>The ids of a text, BOS first and EOS last as the configuration says (by default BOS only).</summary>
    /// <param name="text">Special tokens written in it, such as <c>&lt;/s&gt;</c>, become their own id.</param>
    public int[] Encode(string text)
    {
        var ids = new List<int>();
        if (_settings.AddBos)
        {
            ids.Add(BosId);
        }

        // Every stretch between special tokens is encoded on its own, so each gets its own leading space.
        foreach (var part in _specialNames.Split(text).Where(part => part.Length > 0))
        {
            if (_vocabulary.Ids.TryGetValue(part, out int id) && _specialIds.Contains(id))
            {
                ids.Add(id);
            }
            else
            {
                ids.AddRange(_vocabulary.Encode(part));
            }
        }

        if (_settings.AddEos)
        {
            ids.Add(EosId);
        }

        return [.. ids];
    }

    /// <summary>The text of token ids.</summary>
    /// <param name="ids">Ids below <see cref="VocabularySize"/>.</param>
    /// <param name="skipSpecialTokens">
    /// True leaves special tokens out. False writes them by name; as in LlamaTokenizer, a stretch of text that a
    /// special token follows then has a space before it, unless the sequence begins with that token.
    /// </param>
    /// <exception cref="ArgumentException">An id is not in the vocabulary.</exception>
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

    /// <summary>Whether an id is BOS, EOS, the unknown token or the padding token.</summary>
    public bool IsSpecial(int id) => _specialIds.Contains(id);

    internal PieceDecoder NewPieceDecoder() => new(_vocabulary.HasDummyPrefix);

    internal TokenPiece PieceOf(int id) =>
        (uint)id < (uint)VocabularySize
            ? _vocabulary.Pieces[id]
            : throw new ArgumentException(
                $"Token id {id} is outside the vocabulary of '{_vocabulary.Origin}' (0 to {VocabularySize - 1}); "
                + "check that the tokenizer belongs to the model", nameof(id));

    private int RequireId(string key, string name) =>
        _vocabulary.Ids.TryGetValue(name, out int id)
            ? id
            : throw new InvalidDataException(
                $"The {key} '{name}' is no piece of the tokenizer '{_vocabulary.Origin}'; "
                + "name one of its pieces in tokenizer_config.json");
}
