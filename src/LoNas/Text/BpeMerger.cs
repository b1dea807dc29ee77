using System.Buffers;
using System.Text;

namespace LoNas.Text;

/// <summary>
/// SentencePiece's byte-pair encoding: the best-scored neighbours are merged first, and of equal ones the leftmost.
/// Microsoft.ML.Tokenizers 2.0.1 takes the rightmost, which gives other ids for runs of one character, such as the
/// indents of the prompt templates.
/// </summary>
internal sealed class BpeMerger
{
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _ids;
    private readonly float[] _scores;
    private readonly int[] _byteIds;
    private readonly int _unknownId;

    /// <param name="ids">The pieces that text may consist of.</param>
    /// <param name="scores">The score of every id.</param>
    /// <param name="byteIds">The id of every byte, or empty where the model has no byte fallback.</param>
    /// <param name="unknownId">Stands for a run of unknown characters where there is no byte fallback.</param>
    public BpeMerger(Dictionary<string, int> ids, float[] scores, int[] byteIds, int unknownId)
    {
        _ids = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        (_scores, _byteIds, _unknownId) = (scores, byteIds, unknownId);
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
        var queue = new PriorityQueue<(int Start, int Middle, int End), (float MinusScore, int Start)>();
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
        string text, int[] ends, int start, PriorityQueue<(int, int, int), (float, int)> queue)
    {
        int middle = ends[start];
        if (middle < text.Length && _ids.TryGetValue(text.AsSpan(start, ends[middle] - start), out int id))
        {
            queue.Enqueue((start, middle, ends[middle]), (-_scores[id], start));
        }
    }

    private void Add(ReadOnlySpan<char> symbol, List<int> ids)
    {
        if (_ids.TryGetValue(symbol, out int id))
        {
            ids.Add(id);
        }
        else if (_byteIds.Length > 0)
        {
            Span<byte> bytes = stackalloc byte[4];
            int count = Encoding.UTF8.GetBytes(symbol, bytes);
            foreach (byte value in bytes[..count])
            {
                ids.Add(_byteIds[value]);
            }
        }
        else if (ids is not [.., var last] || last != _unknownId)
        {
            ids.Add(_unknownId);
        }
    }
}
