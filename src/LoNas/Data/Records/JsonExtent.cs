using System.Buffers;

namespace LoNas.Data.Records;

/// <summary>Finds where a value of JSON ends that begins a text, of which more comes bit by bit.</summary>
internal struct JsonExtent
{
    private static readonly SearchValues<byte> Marks = SearchValues.Create("\"{}[]/"u8);
    private static readonly SearchValues<byte> Behind = SearchValues.Create(" \t\r\n,]}/"u8);

    private int _at;
    private int _depth;
    private bool _isText;

    /// <summary>The end of the value; -1 where more is needed.</summary>
    /// <param name="text">The text from the value on: what it was before, and what came since.</param>
    /// <param name="isAll">Whether nothing comes behind.</param>
    public int End(ReadOnlySpan<byte> text, bool isAll)
    {
        if (text[0] is not ((byte)'{' or (byte)'[' or (byte)'"'))
        {
            int end = text.IndexOfAny(Behind);
            return end < 0 && isAll ? text.Length : end == 0 ? 1 : end;
        }

        while (_at < text.Length)
        {
            int step = _isText ? text[_at..].IndexOfAny((byte)'"', (byte)'\\') : text[_at..].IndexOfAny(Marks);
            _at = step < 0 ? text.Length : _at + step;
            if (_at == text.Length || (text[_at] is (byte)'\\' or (byte)'/' && _at + 1 == text.Length))
            {
                return -1;
            }

            if (!Pass(text))
            {
                return -1;
            }

            if (_depth == 0 && !_isText)
            {
                return _at;
            }
        }

        return -1;
    }

    /// <summary>Goes past the byte that was found; false where a comment goes on behind the text.</summary>
    private bool Pass(ReadOnlySpan<byte> text)
    {
        byte found = text[_at];
        if (_isText)
        {
            _isText = found != '"';
            _at += found == '"' ? 1 : 2;
            return true;
        }

        if (found == '/' && text[_at + 1] is (byte)'/' or (byte)'*')
        {
            int end = text[(_at + 2)..].IndexOf(text[_at + 1] == '/' ? "\n"u8 : "*/"u8);
            _at += end < 0 ? 0 : 2 + end + (text[_at + 1] == '/' ? 1 : 2);
            return end >= 0;
        }

        _isText = found == '"';
        _depth += found is (byte)'{' or (byte)'[' ? 1 : found is (byte)'}' or (byte)']' ? -1 : 0;
        _at++;
        return true;
    }
}
