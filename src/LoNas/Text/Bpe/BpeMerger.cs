using System.Buffers;
using System.Collections.Concurrent;
using System.Text;

namespace LoNas.Text.Bpe;

/// <summary>The rank of a pair of neighbouring symbols: the lowest rank merges first, null never merges.</summary>
/// <param name="joined">The joined text of both symbols.</param>
/// <param name="leftLength">The length of the left symbol in characters.</param>
internal delegate double? PairRank(ReadOnlySpan<char> joined, int leftLength);

/// <summary>
/// Byte-pair encoding: the pair with the lowest rank is merged first; among equal ranks, the leftmost pair.
/// Microsoft.ML.Tokenizers 2.0.1 takes the rightmost for SentencePiece, which gives different ids for runs of one
/// character, such as the indents of the prompt templates. For other vocabularies its ids are right, but it has no byte
/// fallback and its time is quadratic in the length of a word (17 s for 100,000 characters; half a second here).
/// </summary>
internal sealed class BpeMerger
{
    private const char SpaceSymbol = '▁';

    /// <summary>Words that are longer, and those behind so many others, are merged each time.</summary>
    private const int LongestKept = 48;

    private const int MostKept = 1 << 16;

    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _ids;
    private readonly ConcurrentDictionary<string, int[]> _words = new();
    private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _kept;
    private readonly bool _splitsAtSpaces;
    private int _keptCount;
    private readonly PairRank _rank;
    private readonly int[] _byteIds;
    private readonly int? _unknownId;
    private readonly bool _fusesUnknown;

    /// <param name="ids">The pieces that text can be split into.</param>
    /// <param name="rank">Says which pairs merge, and which first.</param>
    /// <param name="byteIds">
    /// The id of each byte, or -1 if it has none; empty if the model has no byte fallback.
    /// </param>
    /// <param name="unknownId">
    /// The id for a character that is neither a piece nor covered by byte fallback; null drops such characters.
    /// </param>
    /// <param name="fusesUnknown">Whether a run of unknown characters becomes one id.</param>
    public BpeMerger(
        Dictionary<string, int> ids, PairRank rank, int[] byteIds, int? unknownId, bool fusesUnknown = true)
    {
        _ids = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        (_rank, _byteIds, _unknownId, _fusesUnknown) = (rank, byteIds, unknownId, fusesUnknown);
        _kept = _words.GetAlternateLookup<ReadOnlySpan<char>>();
        // Where no piece goes on behind a word's end nothing merges over it: words are merged one by one.
        _splitsAtSpaces = ids.ContainsKey($"{SpaceSymbol}")
            && ids.Keys.All(piece => piece.Length == 0 || EndOfWord(piece, 0) == piece.Length);
    }

    /// <summary>The ids of a normalised text.</summary>
    public List<int> Encode(string text)
    {
        var ids = new List<int>();
        for (int start = 0, end; start < text.Length; start = end)
        {
            end = _splitsAtSpaces ? EndOfWord(text, start) : text.Length;
            ids.AddRange(Word(text.AsSpan(start, end - start)));
        }

        return ids;
    }

    /// <summary>Where a word ends, which begins with the spaces in front of it.</summary>
    private static int EndOfWord(string text, int start)
    {
        for (int at = start; ;)
        {
            int step = text.AsSpan(at + 1).IndexOf(SpaceSymbol);
            if (step < 0)
            {
                return text.Length;
            }

            at += step + 1;
            if (text[at - 1] != SpaceSymbol)
            {
                return at;
            }
        }
    }

    private int[] Word(ReadOnlySpan<char> word)
    {
        if (_kept.TryGetValue(word, out var known))
        {
            return known;
        }

        var text = word.ToString();
        var ends = SplitCharacters(text);
        Merge(text, ends);
        var ids = new List<int>();
        for (int start = 0; start < text.Length; start = ends[start])
        {
            Add(text.AsSpan(start, ends[start] - start), ids);
        }

        int[] found = [.. ids];
        if (text.Length <= LongestKept && Volatile.Read(ref _keptCount) < MostKept && _words.TryAdd(text, found))
        {
            Interlocked.Increment(ref _keptCount);
        }

        return found;
    }

    // A symbol is identified by its start. ends[start] is its end, and 0 where no symbol starts.
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
            // A queued pair is out of date if one of its symbols has since been merged with another neighbour.
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
