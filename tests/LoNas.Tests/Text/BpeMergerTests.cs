using LoNas.Text.Bpe;

namespace LoNas.Tests.Text;

public sealed class BpeMergerTests
{
    private static readonly string[] Pieces =
        ["▁", "a", "b", "▁a", "ab", "ba", "▁▁", "aa", "▁ab", "▁▁▁a", "bab", "▁▁▁"];

    /// <summary>
    /// Words are merged one by one and kept where no piece goes over the end of a word. The other vocabulary has such a
    /// piece, which nothing merges to, so that it merges whole texts.
    /// </summary>
    [Fact]
    public void Encode_WordByWord_GivesTheIdsOfWholeTexts()
    {
        var words = Merger(Pieces);
        var whole = Merger([.. Pieces, "zz▁z"]);
        var random = new Random(3);
        for (int round = 0; round < 3000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(60)).Select(_ => "▁▁aabbxé"[random.Next(8)]));
            Assert.Equal(whole.Encode(text), words.Encode(text));
            Assert.Equal(whole.Encode(text), words.Encode(text));
        }
    }

    private static BpeMerger Merger(string[] pieces)
    {
        var ids = pieces.Index().ToDictionary(piece => piece.Item, piece => piece.Index);
        var lookup = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        return new BpeMerger(
            ids, (joined, _) => lookup.TryGetValue(joined, out int id) ? (id * 7) % 5 : null, [], unknownId: 99);
    }
}
