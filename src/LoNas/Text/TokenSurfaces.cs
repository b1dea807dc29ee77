using System.Text;

namespace LoNas.Text;

/// <summary>
/// Says which tokens of a text reach over a place in it. A token's surface is what it stands for in the normalised
/// text, in bytes of UTF-8; where the surfaces of a text's tokens do not add up to it, such as with an unknown token,
/// the place is found by encoding what is before it.
/// </summary>
internal sealed class TokenSurfaces(Vocabulary vocabulary)
{
    private const char SpaceSymbol = '▁';

    /// <summary>The tokens of a part of a text that reach into a span of it.</summary>
    /// <param name="part">The part, without added tokens that match the original text.</param>
    /// <param name="ids">Its tokens.</param>
    /// <param name="start">Where the span begins in the part, in UTF-16.</param>
    /// <param name="end">Where it ends.</param>
    /// <param name="encode">Encodes a beginning of the part.</param>
    /// <returns>The first of them, and the first behind them.</returns>
    public (int From, int To) Within(
        string part, IReadOnlyList<int> ids, int start, int end, Func<string, IReadOnlyList<int>> encode)
    {
        if (Ends(ids, Bytes(vocabulary.Normalize(part))) is not { } ends)
        {
            var before = encode(part[..end]);
            int common = CommonLength(ids, before);
            return (CommonLength(ids, encode(part[..start])), common == before.Count ? common : common + 1);
        }

        int first = Bytes(vocabulary.Normalize(part[..start]));
        int behind = Bytes(vocabulary.Normalize(part[..end]));
        int from = Array.FindIndex(ends, each => each > first);
        int last = Array.FindIndex(ends, each => each >= behind);
        return (from < 0 ? ids.Count : from, last < 0 ? ids.Count : last + 1);
    }

    /// <summary>
    /// Where each token ends, a space in front of the text not counted; null where that is not known.
    /// </summary>
    private int[]? Ends(IReadOnlyList<int> ids, int total)
    {
        foreach (var surface in new Func<TokenPiece, int>[] { OfBytes, OfText })
        {
            int sum = 0;
            int[] ends = [.. ids.Select(id => sum += surface(vocabulary.Pieces[id]))];
            if (sum - total is 0 or 1)
            {
                return Array.ConvertAll(ends, end => end - (sum - total));
            }
        }

        return null;
    }

    /// <summary>Of a byte-level vocabulary, whose names have a character for each byte.</summary>
    private static int OfBytes(TokenPiece piece) => piece.Name.Length;

    private static int OfText(TokenPiece piece) => IsByte(piece) ? 1 : Bytes(piece.Name);

    private static bool IsByte(TokenPiece piece) => piece.Byte >= 0 || piece.Name is ['<', '0', 'x', _, _, '>'];

    private static int Bytes(string text) => Encoding.UTF8.GetByteCount(text.Replace(SpaceSymbol, ' '));

    private static int CommonLength(IReadOnlyList<int> left, IReadOnlyList<int> right)
    {
        int length = 0;
        while (length < left.Count && length < right.Count && left[length] == right[length])
        {
            length++;
        }

        return length;
    }
}
