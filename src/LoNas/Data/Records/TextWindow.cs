namespace LoNas.Data.Records;

/// <summary>A text of which a part is held, from a place on that moves forward.</summary>
/// <param name="text">The text in UTF-8; disposed with this.</param>
/// <param name="origin">Names the file in errors.</param>
internal sealed class TextWindow(Stream text, string origin) : IDisposable
{
    private const int MostBytes = 1 << 30;

    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;

    /// <summary>The line of the place, from 1.</summary>
    public long Line { get; private set; } = 1;

    /// <summary>The bytes of that line before the place.</summary>
    public long Column { get; private set; }

    /// <summary>What is held.</summary>
    public ReadOnlyMemory<byte> Held => _buffer.AsMemory(_start, _end - _start);

    public void Dispose() => text.Dispose();

    /// <summary>Reads on behind what is held; false at the end.</summary>
    /// <exception cref="InvalidDataException">The text is damaged, or what is held is more than a GiB.</exception>
    public bool Fill()
    {
        int length = _end - _start;
        if (_start > 0 && length <= _buffer.Length / 2)
        {
            _buffer.AsSpan(_start, length).CopyTo(_buffer);
            (_start, _end) = (0, length);
        }

        if (_end == _buffer.Length)
        {
            Grow(length);
        }

        int count = text.Read(_buffer.AsSpan(_end));
        _end += count;
        return count > 0;
    }

    /// <summary>Goes forward.</summary>
    public void Take(int count)
    {
        var taken = _buffer.AsSpan(_start, count);
        int last = taken.LastIndexOf((byte)'\n');
        Column = last < 0 ? Column + count : count - last - 1;
        Line += last < 0 ? 0 : taken[..(last + 1)].Count((byte)'\n');
        _start += count;
    }

    /// <summary>Goes to the next byte that is no white space and of no comment, and gives it; -1 at the end.</summary>
    public int Next()
    {
        while (true)
        {
            int white = Held.Length - Held.Span.TrimStart(" \t\r\n"u8).Length;
            Take(white);
            if (Held.Length < 2 && Fill())
            {
                continue;
            }

            if (Held.Span is not [(byte)'/', (byte)'/' or (byte)'*', ..])
            {
                return Held.IsEmpty ? -1 : Held.Span[0];
            }

            if (CommentEnd() is var end && end < 0)
            {
                return '/';
            }

            Take(end);
        }
    }

    /// <summary>Where the line ends that has a place behind this one; -1 where the text ends before it does.</summary>
    public int LineLength(int from = 0)
    {
        for (int at = from; ;)
        {
            int step = Held.Span[at..].IndexOf((byte)'\n');
            if (step >= 0)
            {
                return at + step + 1;
            }

            at = Held.Length;
            if (!Fill())
            {
                return -1;
            }
        }
    }

    private int CommentEnd()
    {
        bool isLine = Held.Span[1] == '/';
        int end;
        while ((end = Held.Span[2..].IndexOf(isLine ? "\n"u8 : "*/"u8)) < 0)
        {
            if (!Fill())
            {
                return isLine ? Held.Length : -1;
            }
        }

        return 2 + end + (isLine ? 1 : 2);
    }

    private void Grow(int length)
    {
        if (length > MostBytes)
        {
            throw new InvalidDataException(
                $"The {origin} has more than a GiB in one value that begins in line {Line}; expected a record there");
        }

        var larger = new byte[Math.Max(_buffer.Length, 2 * length)];
        _buffer.AsSpan(_start, length).CopyTo(larger);
        (_buffer, _start, _end) = (larger, 0, length);
    }
}
