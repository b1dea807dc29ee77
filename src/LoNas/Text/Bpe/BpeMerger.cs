using System.Buffers;
using System.Text;

namespace LoNas.Text.Bpe;

/// <summary>When two neighbouring symbols merge: the lowest rank first, null for never.</summary>
/// <param name="joined">The text of both symbols.</param>
/// <param name="leftLength">The characters of the left one.</param>
internal delegate double? PairRank(ReadOnlySpan<char> joined, int leftLength);

/// <summary>
/// Byte-pair encoding: the neighbours of the lowest rank are merged first, and of equal ones the leftmost.
/// Microsoft.ML.Tokenizers 2.0.1 takes the rightmost for SentencePiece, which gives other ids for runs of one
/// character, such as the indents of the prompt templates; for other vocabularies it is right but has no byte fallback
/// and takes time quadratic in the length of a word (17 s for 100,000 characters; half a second here).
/// </summary>
internal sealed class BpeMerger
{
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _ids;
    private readonly PairRank _rank;
    private readonly int[] _byteIds;
    private readonly int? _unknownId;
    private readonly bool _fusesUnknown;

    /// <param name="ids">The pieces that text may consist of.</param>
    /// <param name="rank">Tells which pairs merge, and which first.</param>
    /// <param name="byteIds">The id of every byte, -1 for none, or empty where the model has no byte fallback.</param>
    /// <param name="unknownId">Stands for an unknown character without byte fallback; null leaves it out.</param>
    /// <param name="fusesUnknown">Whether a run of unknown characters becomes one id.</param>
    public BpeMerger(
        Dictionary<string, int> ids, PairRank rank, int[] byteIds, int? unknownId, bool fusesUnknown = true)
    {
        _ids = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        (_rank, _byteIds, _unknownId, _fusesUnknown) = (rank, byteIds, unknownId, fusesUnknown);
    }

    /// <summary>The ids of a normalised text.</summary>
    public List<int> Encode(string text)
    {
        var ends = SplitCharacters(text);
        Merge(text, ends);
        var ids = new List<int>();
        for (int start = 0; start < text.Length; start = ends[start])
        {
            Add(text.AsSpan(start, ends[start] - start), ids);
        }

        return ids;
    }

    // A symbol is known by its start; the array holds its end there, and 0 at every place that starts no symbol.
    private static int[] SplitCharacters(string text)
    {
        var ends = new int[text.Length];
        for (int start = 0; start < text.Length; start = ends[start])
        {
            ends[start] = start + CharacterLength(text, start);
        }

        return ends;
    }

    private static int CharacterLength(string text, int start) =>
        Rune.DecodeFromUtf16(text.AsSpan(start), out _, out int length) == OperationStatus.Done ? length : 1;

    private void Merge(string text, int[] ends)
    {
        var previous = new int[text.Length + 1];
        var queue = new PriorityQueue<(int Start, int Middle, int End), (double Rank, int Start)>();
        for (int start = 0; start < text.Length; start = ends[start])
        {
            previous[ends[start]] = start;
            Consider(text, ends, start, queue);
        }

        while (queue.TryDequeue(out var pair, out _))
        {
            // A pair is out of date once a neighbour has taken one of its symbols.
            if (ends[pair.Start] != pair.Middle || ends[pair.Middle] != pair.End)
            {
                continue;
            }

            ends[pair.Start] = pair.End;
            ends[pair.Middle] = 0;
            previous[pair.End] = pair.Start;
            Consider(text, ends, pair.Start, queue);
            if (pair.Start > 0)
            {
                Consider(text, ends, previous[pair.Start], queue);
            }
        }
    }

    private void Consider(
        string text, int[] ends, int start, PriorityQueue<(int, int, int), (double, int)> queue)
    {
        int middle = ends[start];
        if (middle < text.Length
            && _rank(text.AsSpan(start, ends[middle] - start), middle - start) is { } rank)
        {
            queue.Enqueue((start, middle, ends[middle]), (rank, start));
        }
    }

    private void Add(ReadOnlySpan<char> symbol, List<int> ids)
    {
        if (_ids.TryGetValue(symbol, out int id))
        {
            ids.Add(id);
        }
        else if (!AddBytes(symbol, ids) && _unknownId is { } unknown
            && !(_fusesUnknown && ids is [.., var last] && last == unknown))
        {
            ids.Add(unknown);
        }
    }

    private bool AddBytes(ReadOnlySpan<char> symbol, List<int> ids)
    {
        if (_byteIds.Length == 0)
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[4];
        bytes = bytes[..Encoding.UTF8.GetBytes(symbol, bytes)];
        foreach (byte value in bytes)
        {
            if (_byteIds[value] < 0)
            {
                return false;
            }
        }

        foreach (byte value in bytes)
        {
            ids.Add(_byteIds[value]);
        }

        return true;
    }
}
