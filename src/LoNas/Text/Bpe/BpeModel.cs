using System.Globalization;
using LoNas.Storage;
using LoNas.Text.TokenizerJson;

namespace LoNas.Text.Bpe;

/// <summary>Reads the <c>model</c> of type BPE in tokenizer.json: byte-level or with byte fallback.</summary>
internal static class BpeModel
{
    /// <summary>Returns the function that encodes one pre-token.</summary>
    /// <exception cref="InvalidDataException">
    /// A key has a value that is not supported or does not fit the vocabulary.
    /// </exception>
    public static Func<string, IReadOnlyList<int>> Read(TokenizerNode model, Dictionary<string, int> vocabulary)
    {
        model.RequireAbsent("dropout", "continuing_subword_prefix", "end_of_word_suffix");
        var ranks = ReadMerges(model["merges"], vocabulary);
        var lookup = vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        double? Rank(ReadOnlySpan<char> joined, int leftLength) =>
            lookup.TryGetValue(joined[..leftLength], out int left)
                && lookup.TryGetValue(joined[leftLength..], out int right)
                && ranks.TryGetValue((left, right), out int rank) ? rank : null;
        var merger = new BpeMerger(
            vocabulary, Rank, model.Flag("byte_fallback", false) ? ByteIds(vocabulary) : [],
            model.IdOf("unk_token", vocabulary), model.Flag("fuse_unk", false));
        return model.Flag("ignore_merges", false)
            ? text => vocabulary.TryGetValue(text, out int id) ? [id] : merger.Encode(text)
            : merger.Encode;
    }

    // A merge is "left right", or ["left", "right"] in newer files, whose pieces may contain spaces.
    private static Dictionary<(int Left, int Right), int> ReadMerges(
        TokenizerNode merges, Dictionary<string, int> vocabulary)
    {
        var ranks = new Dictionary<(int, int), int>();
        foreach (var (rank, merge) in merges.Items().Index())
        {
            string[] pair = merge.IsText ? merge.AsText().Split(' ') : [.. merge.Items().Select(item => item.AsText())];
            if (pair.Length != 2)
            {
                throw merge.Unsupported("two pieces");
            }

            var unknown = new[] { pair[0], pair[1], pair[0] + pair[1] }.FirstOrDefault(
                piece => !vocabulary.ContainsKey(piece));
            if (unknown is not null)
            {
                throw merge.Unsupported($"pieces of the vocabulary, which lacks '{Excerpt.Of(unknown)}'");
            }

            ranks[(vocabulary[pair[0]], vocabulary[pair[1]])] = rank;
        }

        return ranks;
    }

    private static int[] ByteIds(Dictionary<string, int> vocabulary) =>
        [.. Enumerable.Range(0, 256).Select(value => vocabulary.GetValueOrDefault(
            string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>"), -1))];
}
