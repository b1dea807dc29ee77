using LoNas.Text.Bpe;

namespace LoNas.Text.SentencePiece;

/// <summary>
/// Encodes the text between added tokens as the slow LlamaTokenizer of Transformers 4.31 does. SentencePiece puts a
/// space before every text it is given. In the tokenizer's "legacy" behaviour that space stays; otherwise it is taken
/// off again where the text follows an added token and does not begin with a space itself.
/// </summary>
/// <param name="merger">Merges normalised text.</param>
/// <param name="normalize">SentencePiece's normalisation, which adds the space.</param>
/// <param name="names">The pieces' names by id.</param>
/// <param name="ids">The pieces' ids by name.</param>
/// <param name="isLegacy">Whether the space stays.</param>
internal sealed class PieceEncoder(
    BpeMerger merger,
    Func<string, string> normalize,
    IReadOnlyList<string> names,
    IReadOnlyDictionary<string, int> ids,
    bool isLegacy)
{
    public const char SpaceSymbol = '▁';

    /// <summary>The ids of a text; <paramref name="isFirst"/> says whether it begins the whole text.</summary>
    public IReadOnlyList<int> Encode(string text, bool isFirst)
    {
        if (isLegacy)
        {
            return merger.Encode(normalize(text));
        }

        text = text.Replace(SpaceSymbol, ' ');
        var normalized = normalize(text);
        var found = merger.Encode(normalized);
        return isFirst || text.StartsWith(' ') || found.Count == 0 || !names[found[0]].StartsWith(SpaceSymbol)
            ? found
            : Stripped(found, normalized);
    }

    private List<int> Stripped(List<int> found, string normalized)
    {
        var rest = names[found[0]][1..];
        if (rest.Length == 0)
        {
            return found[1..];
        }

        // Transformers 4.31 makes the unknown token of a word that is no piece without its space, which loses the
        // word; later versions encode it without the space, as here.
        return ids.TryGetValue(rest, out int id)
            ? [id, .. found.Skip(1)]
            : merger.Encode(normalized.TrimStart(SpaceSymbol));
    }
}
