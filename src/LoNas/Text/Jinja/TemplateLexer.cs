using System.Text.RegularExpressions;

namespace LoNas.Text.Jinja;

/// <summary>
/// Cuts a template into text and tags, and takes the white space that tags take: a line's own before a block or a
/// comment that begins it, the line end behind it, and all of it where a tag has a minus.
/// </summary>
internal sealed partial class TemplateLexer
{
    private readonly string _source;
    private readonly List<TemplateToken> _tokens = [];
    private int _position;
    private bool _beginsLine = true;

    private TemplateLexer(string source) => _source = source;

    /// <summary>The template as it is read: line ends as one character, and without the last one.</summary>
    public static string Normalized(string source)
    {
        var text = source.Contains('\r') ? source.Replace("\r\n", "\n").Replace('\r', '\n') : source;
        return text.EndsWith('\n') ? text[..^1] : text;
    }

    /// <summary>The tokens of a normalised template; the last one is its end.</summary>
    /// <exception cref="JinjaException">It holds what is no token.</exception>
    public static List<TemplateToken> Read(string source)
    {
        var lexer = new TemplateLexer(source);
        while (lexer._position < source.Length)
        {
            lexer.ReadPart();
        }

        lexer._tokens.Add(new(TokenKind.End, "", source.Length));
        return lexer._tokens;
    }

    private void ReadPart()
    {
        int tag = _position;
        do
        {
            tag = _source.IndexOf('{', tag);
        }
        while (tag >= 0 && !(tag + 1 < _source.Length && _source[tag + 1] is '%' or '{' or '#') && ++tag > 0);
        if (tag < 0)
        {
            AddData(_position, _source.Length);
            _position = _source.Length;
            return;
        }

        char kind = _source[tag + 1];
        char sign = tag + 2 < _source.Length ? _source[tag + 2] : ' ';
        AddData(_position, EndOfData(tag, kind, sign));
        _position = tag + 2 + (sign is '-' or '+' ? 1 : 0);
        if (kind == '#')
        {
            SkipComment(tag);
        }
        else if (kind == '%' && RawBegin().Match(_source, tag) is { Success: true } raw && raw.Index == tag)
        {
            ReadRaw(tag, raw.Index + raw.Length);
        }
        else
        {
            ReadTag(tag, kind == '{');
        }

        _beginsLine = _source[_position - 1] == '\n';
    }

    private int EndOfData(int tag, char kind, char sign)
    {
        if (sign == '-')
        {
            return SpaceBefore(tag, _position);
        }

        int line = _position + _source.AsSpan(_position, tag - _position).LastIndexOf('\n') + 1;
        bool isFirst = line > _position || _beginsLine;
        return sign != '+' && kind != '{' && isFirst && SpaceBefore(tag, line) == line ? line : tag;
    }

    private int SpaceBefore(int end, int least)
    {
        while (end > least && PythonText.IsSpace(_source[end - 1]))
        {
            end--;
        }

        return end;
    }

    private int SpaceBehind(int start)
    {
        while (start < _source.Length && PythonText.IsSpace(_source[start]))
        {
            start++;
        }

        return start;
    }

    private void AddData(int start, int end)
    {
        if (end > start)
        {
            _tokens.Add(new(TokenKind.Data, _source[start..end], start));
        }
    }

    /// <summary>The place behind the end of a block or comment, whose line end goes with it.</summary>
    private int BehindLineEnd(int end) => end < _source.Length && _source[end] == '\n' ? end + 1 : end;

    private void SkipComment(int tag)
    {
        int end = _source.IndexOf("#}", _position, StringComparison.Ordinal);
        if (end < 0)
        {
            throw new JinjaException("the comment that begins here has no end; expected '#}'", tag);
        }

        char sign = end > _position ? _source[end - 1] : ' ';
        _position = sign == '-' ? SpaceBehind(end + 2) : sign == '+' ? end + 2 : BehindLineEnd(end + 2);
    }

    private void ReadRaw(int tag, int start)
    {
        var match = RawEnd().Match(_source, start);
        if (!match.Success)
        {
            throw new JinjaException("the raw block that begins here has no end; expected '{% endraw %}'", tag);
        }

        // What begins the line counts from the text of the block.
        (_position, _beginsLine) = (start, _source[start - 1] == '\n');
        AddData(start, EndOfData(match.Index, '%', match.Groups[1].Value is [var sign] ? sign : ' '));
        _position = match.Index + match.Length;
    }

    [GeneratedRegex(@"\G\{%[-+]?\s*raw\s*(?:-%\}\s*|%\})")]
    private static partial Regex RawBegin();

    [GeneratedRegex(@"\{%([-+]?)\s*endraw\s*(?:\+%\}|-%\}\s*|%\}\n?)")]
    private static partial Regex RawEnd();
}
