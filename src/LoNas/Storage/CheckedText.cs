using System.Text;
using System.Text.Unicode;
using ICSharpCode.SharpZipLib;

namespace LoNas.Storage;

/// <summary>A stream of whole characters of UTF-8, whose errors name the file.</summary>
/// <param name="source">The bytes; disposed with this.</param>
/// <param name="origin">Names the file in errors.</param>
/// <param name="isChecked">False passes bytes on as they are.</param>
internal sealed class CheckedText(Stream source, string origin, bool isChecked = true) : Stream
{
    private const int LongestTail = 3;

    private readonly byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;
    private int _tail;
    private long _before;

    /// <summary>Finds out where bytes are that the encoding does not have, and throws; null: they are UTF-8.</summary>
    public Action? Damaged { get; init; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="InvalidDataException">The file can't be read, or is not UTF-8.</exception>
    public override int Read(Span<byte> buffer)
    {
        if (!isChecked)
        {
            return FromSource(buffer);
        }

        if (_start == _end && !Fill())
        {
            return 0;
        }

        int count = Math.Min(buffer.Length, _end - _start);
        _buffer.AsSpan(_start, count).CopyTo(buffer);
        _start += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        source.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Reads the next part, without the beginning of a character at its end.</summary>
    private bool Fill()
    {
        bool isFirst = _before == 0;
        _buffer.AsSpan(_end, _tail).CopyTo(_buffer);
        int count = FromSource(_buffer.AsSpan(_tail));
        int length = _tail + count;
        _tail = count == 0 ? 0 : Tail(_buffer.AsSpan(0, length));
        (_start, _end) = (0, length - _tail);
        var part = _buffer.AsSpan(0, _end);
        if (!Utf8.IsValid(part))
        {
            throw TextInput.NotUtf8(part, _before, origin);
        }

        _before += _end;
        if (isFirst && part.StartsWith(Encoding.UTF8.Preamble))
        {
            _start = Encoding.UTF8.Preamble.Length;
        }

        return count > 0 && _start == _end ? Fill() : _start < _end;
    }

    private int FromSource(Span<byte> buffer)
    {
        try
        {
            return source.Read(buffer);
        }
        catch (DecoderFallbackException error)
        {
            Damaged?.Invoke();
            throw new InvalidDataException(
                $"The {origin} is not in its encoding: {error.Message}; name the encoding that it was saved in", error);
        }
        catch (Exception error) when (error is InvalidDataException or SharpZipBaseException or EndOfStreamException)
        {
            throw new InvalidDataException($"The {origin} is damaged: {error.Message}; get it again", error);
        }
        catch (Exception error) when (error is UnauthorizedAccessException or IOException)
        {
            throw new InvalidDataException($"The {origin} can't be read: {error.Message}", error);
        }
    }

    /// <summary>The bytes at the end that begin a character and do not end it.</summary>
    private static int Tail(ReadOnlySpan<byte> bytes)
    {
        for (int length = 1; length <= Math.Min(LongestTail, bytes.Length); length++)
        {
            byte first = bytes[^length];
            if ((first & 0xC0) != 0x80)
            {
                int needed = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
                return needed > length ? length : 0;
            }
        }

        return 0;
    }
}
