using LoNas.Text.Chat;

namespace LoNas.Text;

/// <summary>
/// Encodes text without the special tokens around it: added tokens are cut out first, the model encodes the rest.
/// </summary>
internal sealed class TextEncoder
{
    private readonly Vocabulary _vocabulary;
    private readonly AddedTokenSplitter _raw;
    private readonly AddedTokenSplitter _normalized;
    private readonly TokenSurfaces _surfaces;

    /// <param name="vocabulary">Normalises and encodes the text between added tokens.</param>
    /// <param name="tokens">All added tokens.</param>
    public TextEncoder(Vocabulary vocabulary, IReadOnlyList<AddedToken> tokens)
    {
        _vocabulary = vocabulary;
        _surfaces = new TokenSurfaces(vocabulary);
        _raw = new AddedTokenSplitter(tokens.Where(token => !token.IsNormalized));
        _normalized = new AddedTokenSplitter(tokens.Where(token => token.IsNormalized)
            .Select(token => token with { Content = vocabulary.Normalize(token.Content) }));
    }

    /// <summary>The ids of a text. Each part between added tokens is encoded separately.</summary>
    public List<int> Encode(string text)
    {
        var ids = new List<int>();
        bool isFirst = true;
        foreach (var (part, token) in _raw.Split(text))
        {
            Add(part, token, ids, isFirst);
            isFirst = false;
        }

        return ids;
    }

    /// <summary>The ids of a text, and which of them reach into given spans of it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="spans">The spans, in order and apart.</param>
    public (int[] Ids, bool[] Marked) Encode(string text, IReadOnlyList<TextSpan> spans)
    {
        var (ids, marked) = (new List<int>(), new List<bool>());
        int start = 0;
        foreach (var (part, token) in _raw.Split(text))
        {
            var (first, end) = (ids.Count, start + part.Length);
            Add(part, token, ids, isFirst: start == 0);
            marked.AddRange(new bool[ids.Count - first]);
            foreach (var span in spans.Where(span => span.Start < end && span.End > start && span.End > span.Start))
            {
                var (from, to) = Tokens(part, token, ids[first..], span.Start - start, span.End - start, start == 0);
                for (int i = first + from; i < first + to; i++)
                {
                    marked[i] = true;
                }
            }

            start = end;
        }

        return ([.. ids], [.. marked]);
    }

    /// <summary>Where the last of some added tokens ends in a text, in UTF-16; 0 where it has none.</summary>
    public int EndOfLast(string text, IReadOnlySet<int> tokens)
    {
        var (at, last) = (0, 0);
        foreach (var (part, token) in _raw.Split(text))
        {
            at += part.Length;
            last = token is not null && tokens.Contains(token.Id) ? at : last;
        }

        return last;
    }

    /// <summary>The tokens of a part that reach into a span, by their places in it.</summary>
    private (int From, int To) Tokens(
        string part, AddedToken? token, List<int> ids, int start, int end, bool isFirst)
    {
        (start, end) = (Math.Max(0, start), Math.Min(part.Length, end));
        if (token is not null || (start == 0 && end == part.Length))
        {
            return (0, ids.Count);
        }

        IReadOnlyList<int> EncodePart(string beginning)
        {
            var found = new List<int>();
            Add(beginning, null, found, isFirst);
            return found;
        }

        var (from, to) = _surfaces.Within(part, ids, start, end, EncodePart);
        return (start == 0 ? 0 : from, end == part.Length ? ids.Count : to);
    }

    private void Add(string part, AddedToken? token, List<int> ids, bool isFirst)
    {
        var pieces = token is null ? _normalized.Split(_vocabulary.Normalize(part)) : [(part, token)];
        foreach (var (piece, inner) in pieces)
        {
            ids.AddRange(inner is null ? _vocabulary.Encode(piece, isFirst) : [inner.Id]);
            isFirst = false;
        }
    }
}
