namespace LoNas.Text.TokenizerJson;

/// <summary>One part of a <see cref="SequenceTemplate"/>: a special token or the place of a text.</summary>
/// <param name="Id">The id of the special token; null for the place of a text.</param>
/// <param name="IsSecond">Whether it is the place of the second text.</param>
/// <param name="Type">The token type id.</param>
internal readonly record struct TemplatePart(int? Id, bool IsSecond, int Type)
{
    public static TemplatePart Special(int id, int type) => new(id, false, type);

    public static TemplatePart First(int type) => new(null, false, type);

    public static TemplatePart Second(int type) => new(null, true, type);
}

/// <summary>The special tokens around one or two texts, and the token type of each part.</summary>
/// <param name="Single">The parts for one text.</param>
/// <param name="Pair">The parts for two texts.</param>
internal sealed record SequenceTemplate(IReadOnlyList<TemplatePart> Single, IReadOnlyList<TemplatePart> Pair)
{
    /// <summary>Adds no special tokens; the second text has token type 1.</summary>
    public static SequenceTemplate Plain { get; } =
        new([TemplatePart.First(0)], [TemplatePart.First(0), TemplatePart.Second(1)]);

    /// <summary>BERT's template: <c>[CLS] a [SEP] b [SEP]</c>. The second text and its end have token type 1.</summary>
    public static SequenceTemplate Bert(int classId, int separatorId) => new(
        [TemplatePart.Special(classId, 0), TemplatePart.First(0), TemplatePart.Special(separatorId, 0)],
        [
            TemplatePart.Special(classId, 0), TemplatePart.First(0), TemplatePart.Special(separatorId, 0),
            TemplatePart.Second(1), TemplatePart.Special(separatorId, 1),
        ]);

    /// <summary>
    /// RoBERTa's template: <c>&lt;s&gt; a &lt;/s&gt; &lt;/s&gt; b &lt;/s&gt;</c>, all of token type 0.
    /// </summary>
    public static SequenceTemplate Roberta(int classId, int separatorId)
    {
        var (start, end) = (TemplatePart.Special(classId, 0), TemplatePart.Special(separatorId, 0));
        return new([start, TemplatePart.First(0), end],
            [start, TemplatePart.First(0), end, end, TemplatePart.Second(0), end]);
    }

    /// <summary>LLaMA's template: each text between BOS and EOS; an id that is null is left out.</summary>
    public static SequenceTemplate Llama(int? bosId, int? eosId)
    {
        static IEnumerable<TemplatePart> Optional(int? id, int type) => id is { } value
            ? [TemplatePart.Special(value, type)]
            : [];
        TemplatePart[] first = [.. Optional(bosId, 0), TemplatePart.First(0), .. Optional(eosId, 0)];
        return new(first, [.. first, .. Optional(bosId, 1), TemplatePart.Second(1), .. Optional(eosId, 1)]);
    }

    /// <summary>The same template with or without BOS at its beginning.</summary>
    public SequenceTemplate WithBos(int bosId, bool isWanted)
    {
        IReadOnlyList<TemplatePart> Change(IReadOnlyList<TemplatePart> parts) => (parts[0].Id == bosId) == isWanted
            ? parts
            : isWanted ? [TemplatePart.Special(bosId, 0), .. parts] : [.. parts.Skip(1)];
        return new(Change(Single), Change(Pair));
    }

    /// <summary>The same template with or without EOS at its end.</summary>
    public SequenceTemplate WithEos(int eosId, bool isWanted)
    {
        IReadOnlyList<TemplatePart> Change(IReadOnlyList<TemplatePart> parts) => (parts[^1].Id == eosId) == isWanted
            ? parts
            : isWanted ? [.. parts, TemplatePart.Special(eosId, parts[^1].Type)] : [.. parts.SkipLast(1)];
        return new(Change(Single), Change(Pair));
    }

    /// <summary>Ids and token types of one text, or of two if the second is not null.</summary>
    public EncodedPair Build(IReadOnlyList<int> first, IReadOnlyList<int>? second)
    {
        var ids = new List<int>();
        var types = new List<int>();
        foreach (var part in second is null ? Single : Pair)
        {
            IReadOnlyList<int> added = part.Id is { } id ? [id] : part.IsSecond ? second ?? [] : first;
            ids.AddRange(added);
            types.AddRange(Enumerable.Repeat(part.Type, added.Count));
        }

        return new EncodedPair([.. ids], [.. types]);
    }

    /// <summary>Like <see cref="Build"/>, but cuts the longer text so that everything fits into a length.</summary>
    /// <exception cref="ArgumentException">The special tokens alone do not fit.</exception>
    public EncodedPair BuildWithin(int maxLength, IReadOnlyList<int> first, IReadOnlyList<int>? second)
    {
        int room = maxLength - (second is null ? Single : Pair).Count(part => part.Id is not null);
        if (room < 0)
        {
            throw new ArgumentException(
                $"A length of {maxLength} tokens is too short; the special tokens alone are {maxLength - room}",
                nameof(maxLength));
        }

        var (firstLength, secondLength) = LongestFirst(first.Count, second?.Count ?? 0, room);
        return Build([.. first.Take(firstLength)], second is null ? null : [.. second.Take(secondLength)]);
    }

    // As in the tokenizers library, only the longer text is cut until both are equally long, then both.
    private static (int First, int Second) LongestFirst(int first, int second, int room)
    {
        int shorter = Math.Min(first, second);
        int longer = Math.Min(Math.Max(first, second), Math.Max(shorter, room - shorter));
        if (shorter + longer > room)
        {
            (shorter, longer) = (room / 2, room - (room / 2));
        }

        return first > second ? (longer, shorter) : (shorter, longer);
    }
}
