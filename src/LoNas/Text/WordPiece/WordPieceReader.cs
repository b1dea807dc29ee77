using LoNas.Storage;
using LoNas.Text.TokenizerJson;

namespace LoNas.Text.WordPiece;

/// <summary>Reads BERT's <c>vocab.txt</c>, which has one WordPiece on each line.</summary>
internal static class WordPieceReader
{
    public const string FileName = "vocab.txt";

    private const string ContinuingPrefix = "##";
    private const int MaxWordLength = 100;

    /// <param name="path">The file.</param>
    /// <param name="settings">Names the special tokens.</param>
    /// <param name="added">Added tokens; a special token may be one of them instead of a line of the file.</param>
    /// <exception cref="InvalidDataException">The file is missing, unreadable or lacks a special token.</exception>
    public static Vocabulary Read(string path, TokenizerSettings settings, IReadOnlyList<AddedTokenEntry> added)
    {
        var names = InputPath.ReadLines(path, "tokenizer");
        var ids = new Dictionary<string, int>();
        foreach (var (id, name) in names.Index().Where(item => item.Item.Length > 0))
        {
            // If a line occurs twice, the last one counts, as in BertTokenizer.
            ids[name] = id;
        }

        var all = added.ToLookup(entry => entry.Token.Content, entry => entry.Token.Id);
        int Require(string key, string? name) => ids.TryGetValue(name ?? "", out int id) ? id
            : all.Contains(name ?? "") ? all[name ?? ""].First()
            : throw new InvalidDataException(
                $"The tokenizer '{path}' has no piece '{Excerpt.Of(name ?? "")}', the {key}; expected the vocab.txt of "
                + $"a BERT model, one piece a line, or another {key} in tokenizer_config.json");
        var model = new WordPieceModel(ids, ContinuingPrefix, Require("unk_token", settings.UnkToken), MaxWordLength);
        var normalizer = new BertNormalizer(
            cleansText: true, settings.SeparatesChinese, settings.StripsAccents ?? settings.LowersCase,
            settings.LowersCase);
        return new Vocabulary
        {
            Pieces = [.. names.Select(name => new TokenPiece(name, name))],
            Ids = ids,
            Normalize = normalizer.Normalize,
            Encode = (text, isFirst) => [.. PreTokenizerReader.SplitBert(text, isFirst)
                .Where(word => word.Length > 0).SelectMany(model.Encode)],
            Template = SequenceTemplate.Bert(
                Require("cls_token", settings.ClsToken), Require("sep_token", settings.SepToken)),
            NewDecoder = () => new WordPieceDecoder(ContinuingPrefix, cleansUp: true),
            Origin = path,
        };
    }
}
