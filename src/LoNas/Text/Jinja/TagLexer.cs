using System.Globalization;

namespace LoNas.Text.Jinja;

/// <summary>What stands inside of a tag: names, numbers, texts and operators.</summary>
internal sealed partial class TemplateLexer
{
    private static readonly string[] Operators =
    [
        "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=",
        ".", ":", "|", ",", ";",
    ];

    private void ReadTag(int tag, bool isOutput)
    {
        _tokens.Add(new(isOutput ? TokenKind.OutputBegin : TokenKind.BlockBegin, isOutput ? "{{" : "{%", tag));
        var open = new Stack<(char Closing, int Offset)>();
        while (!ReadEnd(isOutput, open.Count > 0))
        {
            _position = SpaceBehind(_position);
            if (_position >= _source.Length)
            {
                throw new JinjaException(
                    $"the tag that begins here has no end; expected '{(isOutput ? "}}" : "%}")}'", tag);
            }

            if (!IsEnd(isOutput, open.Count > 0))
            {
                ReadToken(open);
            }
        }
    }

    private bool IsEnd(bool isOutput, bool isOpen)
    {
        var rest = _source.AsSpan(_position);
        var end = isOutput ? "}}" : "%}";
        return !isOpen && (rest.StartsWith(end)
            || (rest.Length > 0 && (rest[0] == '-' || (rest[0] == '+' && !isOutput)) && rest[1..].StartsWith(end)));
    }

    private bool ReadEnd(bool isOutput, bool isOpen)
    {
        if (!IsEnd(isOutput, isOpen))
        {
            return false;
        }

        char sign = _source[_position];
        _tokens.Add(new(isOutput ? TokenKind.OutputEnd : TokenKind.BlockEnd, "", _position));
        _position += sign is '-' or '+' ? 3 : 2;
        _position = sign == '-' ? SpaceBehind(_position)
            : sign == '+' || isOutput ? _position : BehindLineEnd(_position);
        return true;
    }

    private void ReadToken(Stack<(char Closing, int Offset)> open)
    {
        char first = _source[_position];
        if (char.IsAsciiDigit(first))
        {
            ReadNumber();
        }
        else if (IsWord(first))
        {
            int start = _position;
            while (_position < _source.Length && IsWord(_source[_position]))
            {
                _position++;
            }

            _tokens.Add(new(TokenKind.Name, string.Intern(_source[start.._position]), start));
        }
        else if (first is '\'' or '"')
        {
            ReadText(first);
        }
        else
        {
            ReadOperator(open);
        }
    }

    private static bool IsWord(char value) => value == '_' || char.IsLetterOrDigit(value);

    private void ReadOperator(Stack<(char Closing, int Offset)> open)
    {
        var rest = _source.AsSpan(_position);
        foreach (var text in Operators)
        {
            if (!rest.StartsWith(text))
            {
                continue;
            }

            if (text is "(" or "[" or "{")
            {
                open.Push((text == "(" ? ')' : text == "[" ? ']' : '}', _position));
            }
            else if (text is ")" or "]" or "}" && (!open.TryPop(out var expected) || expected.Closing != text[0]))
            {
                throw new JinjaException(
                    $"'{text}' closes nothing here"
                    + (expected.Closing == 0 ? "" : $"; expected '{expected.Closing}'"), _position);
            }

            _tokens.Add(new(TokenKind.Operator, text, _position));
            _position += text.Length;
            return;
        }

        throw new JinjaException($"'{CharacterAt(_position)}' has no meaning inside of a tag", _position);
    }

    private string CharacterAt(int at) =>
        char.IsHighSurrogate(_source[at]) && at + 1 < _source.Length ? _source.Substring(at, 2) : $"{_source[at]}";

    private void ReadText(char quote)
    {
        int start = ++_position;
        while (_position < _source.Length && _source[_position] != quote)
        {
            _position += _source[_position] == '\\' ? 2 : 1;
        }

        if (_position >= _source.Length)
        {
            throw new JinjaException($"the text that begins here has no end; expected {quote}", start - 1);
        }

        var content = _source[start.._position++];
        _tokens.Add(new(TokenKind.Text, TextEscapes.Read(content, start), start - 1));
    }

    private void ReadNumber()
    {
        int start = _position;
        bool isAfterDot = start > 0 && _source[start - 1] == '.';
        if (_source[start] == '0' && start + 1 < _source.Length && _source[start + 1] is 'x' or 'X' or 'o' or 'O'
            or 'b' or 'B')
        {
            throw new JinjaException("numbers are read in base ten alone", start);
        }

        SkipDigits();
        bool isFloat = false;
        if (!isAfterDot && Peek(0) == '.' && char.IsAsciiDigit(Peek(1)))
        {
            _position++;
            SkipDigits();
            isFloat = true;
        }

        int sign = Peek(1) is '+' or '-' ? 1 : 0;
        if (!isAfterDot && Peek(0) is 'e' or 'E' && char.IsAsciiDigit(Peek(1 + sign)))
        {
            _position += 1 + sign;
            SkipDigits();
            isFloat = true;
        }

        var text = _source[start.._position].Replace("_", "");
        object value = isFloat ? (object)double.Parse(text, CultureInfo.InvariantCulture)
            : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long whole) ? whole
            : throw new JinjaException("the number is beyond 64 bits", start);
        _tokens.Add(new(TokenKind.Number, text, start, value));
    }

    private char Peek(int ahead) => _position + ahead < _source.Length ? _source[_position + ahead] : '\0';

    private void SkipDigits()
    {
        while (char.IsAsciiDigit(Peek(0)) || (Peek(0) == '_' && char.IsAsciiDigit(Peek(1))))
        {
            _position++;
        }
    }
}
