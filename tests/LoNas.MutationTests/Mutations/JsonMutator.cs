using System.Text;
using System.Text.Json;

namespace LoNas.MutationTests.Mutations;

/// <summary>
/// Damages the structure of JSON (a single value, or one per line): replaces, moves and nests values, and removes,
/// duplicates, renames and adds keys. One in four damages the bytes instead.
/// </summary>
internal sealed class JsonMutator
{
    private readonly byte[] _bytes;
    private readonly List<(int Start, int End)> _values = [];
    private readonly List<(int Start, int NameEnd, int End)> _properties = [];

    public JsonMutator(byte[] bytes)
    {
        _bytes = bytes;
        Find();
    }

    public JsonMutator(string text)
        : this(Encoding.UTF8.GetBytes(text))
    {
    }

    /// <summary>The text after one to three changes.</summary>
    public byte[] Mutate(Random random)
    {
        if (random.Next(4) == 0)
        {
            return ByteMutator.Mutate(_bytes, random);
        }

        var edits = new List<(int Start, int End, byte[] Text)>();
        for (int change = random.Next(1, 4); change > 0; change--)
        {
            var edit = Edit(random);
            // Changes within another change are skipped.
            if (edits.TrueForAll(other => edit.End <= other.Start || edit.Start >= other.End))
            {
                edits.Add(edit);
            }
        }

        return Apply(edits);
    }

    private byte[] Apply(List<(int Start, int End, byte[] Text)> edits)
    {
        using var result = new MemoryStream(_bytes.Length + 64);
        int done = 0;
        foreach (var (start, end, text) in edits.OrderBy(edit => edit.Start))
        {
            result.Write(_bytes, done, Math.Max(start - done, 0));
            result.Write(text);
            done = Math.Max(end, done);
        }

        result.Write(_bytes, done, _bytes.Length - done);
        return result.ToArray();
    }

    private (int Start, int End, byte[] Text) Edit(Random random)
    {
        var value = _values[random.Next(_values.Count)];
        if (random.Next(500) == 0)
        {
            return Flood(value, random);
        }

        if (_properties.Count == 0 || random.Next(2) == 0)
        {
            return (value.Start, value.End, random.Next(5) switch
            {
                0 => Slice(_values[random.Next(_values.Count)]),
                1 => [(byte)'[', .. Slice(value), (byte)']'],
                _ => JsonEdges.Next(random),
            });
        }

        var (start, nameEnd, end) = _properties[random.Next(_properties.Count)];
        var name = Slice((start, nameEnd));
        return random.Next(5) switch
        {
            0 => (start, AfterComma(end), []),
            1 => (start, start,
                [.. name, (byte)':', .. random.Next(2) == 0 ? JsonEdges.Next(random) : Slice(value), (byte)',']),
            2 => (start, start, [.. JsonEdges.Key(random), (byte)':', .. JsonEdges.Next(random), (byte)',']),
            3 => (start, nameEnd, JsonEdges.Key(random)),
            _ => (start, nameEnd, Slice(
                _properties[random.Next(_properties.Count)] is var other ? (other.Start, other.NameEnd) : default)),
        };
    }

    /// <summary>Thousands of new keys beside one, or a value thousands of times in a list.</summary>
    private (int Start, int End, byte[] Text) Flood((int Start, int End) value, Random random)
    {
        int count = random.Next(1000, 8000);
        if (_properties.Count > 0 && random.Next(2) == 0)
        {
            int start = _properties[random.Next(_properties.Count)].Start;
            var own = random.Next(2) == 0 ? "0" : "\"a text that is no number\"";
            return (start, start, Encoding.UTF8.GetBytes(
                string.Concat(Enumerable.Range(0, count).Select(i => $"\"{i}\":{own},"))));
        }

        using var list = new MemoryStream();
        list.Write("["u8);
        for (int i = Math.Max(1, Math.Min(count, 400_000 / (value.End - value.Start))); i > 0; i--)
        {
            list.Write(Slice(value));
            list.WriteByte((byte)(i > 1 ? ',' : ']'));
        }

        return (value.Start, value.End, list.ToArray());
    }

    private byte[] Slice((int Start, int End) range) => _bytes[range.Start..range.End];

    private int AfterComma(int end)
    {
        while (end < _bytes.Length && _bytes[end] is (byte)' ' or (byte)'\n' or (byte)'\r')
        {
            end++;
        }

        return end < _bytes.Length && _bytes[end] == ',' ? end + 1 : end;
    }

    private void Find()
    {
        var reader = new Utf8JsonReader(_bytes, new JsonReaderOptions
        {
            AllowMultipleValues = true,
            AllowTrailingCommas = true,
            CommentHandling = JsonCommentHandling.Skip,
        });
        var open = new Stack<(int Start, (int Start, int End)? Name)>();
        (int Start, int End)? name = null;
        while (reader.Read())
        {
            var token = (Start: (int)reader.TokenStartIndex, End: (int)reader.BytesConsumed);
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    name = (token.Start, EndOfName(token.Start));
                    break;
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    open.Push((token.Start, name));
                    name = null;
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    var (start, ownName) = open.Pop();
                    Add((start, token.End), ownName);
                    break;
                default:
                    Add(token, name);
                    name = null;
                    break;
            }
        }
    }

    // The reader's position after a name includes the colon.
    private int EndOfName(int start)
    {
        int end = start + 1;
        while (_bytes[end] != '"')
        {
            end += _bytes[end] == '\\' ? 2 : 1;
        }

        return end + 1;
    }

    private void Add((int Start, int End) value, (int Start, int End)? name)
    {
        _values.Add(value);
        if (name is { } own)
        {
            _properties.Add((own.Start, own.End, value.End));
        }
    }
}
