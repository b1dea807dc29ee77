using System.Globalization;
using System.Text;

namespace LoNas.Elastic;

/// <summary>
/// Writes a regular expression of Python's re, of its versions 3.11 and later, in .NET's syntax. Groups get their
/// numbers, since .NET counts those with names last.
/// </summary>
internal ref struct PythonSyntax
{
    // Compiling takes time that no limit on matching bounds, and patterns come from untrusted files.
    private const int LongestPattern = 20_000;
    private const int DeepestGroup = 100;

    private const string Flags = "aiLmsux";

    private readonly ReadOnlySpan<char> _text;
    private readonly StringBuilder _output = new();
    private readonly Stack<int> _open = [];
    private readonly Dictionary<string, int> _names = [];
    private int _at;
    private int _groups;

    /// <summary>Behind the flags of the whole pattern, which stand at its start alone.</summary>
    private int _start;

    /// <summary>Where in the output the part begins that a quantifier would repeat; negative for none.</summary>
    private int _part = -1;

    private PythonSyntax(string pattern) => _text = pattern;

    /// <exception cref="ArgumentException">It is none.</exception>
    /// <exception cref="NotSupportedException">It has what .NET does not.</exception>
    public static string ToDotNet(string pattern) => pattern.Length <= LongestPattern
        ? new PythonSyntax(pattern).Translate()
        : throw new NotSupportedException($"{pattern.Length} characters, and {LongestPattern} are the most");

    private string Translate()
    {
        while (_at < _text.Length)
        {
            Next();
        }

        return _open.Count == 0 ? _output.ToString() : throw new ArgumentException("a parenthesis is not closed");
    }

    private void Next()
    {
        int begin = _output.Length;
        switch (_text[_at])
        {
            case '\\':
                _part = PythonCharacters.Escape(_text, ref _at, _output, _groups) ? begin : -1;
                break;
            case '[':
                PythonCharacters.Class(_text, ref _at, _output);
                _part = begin;
                break;
            case '(':
                Open();
                if (_open.Count > DeepestGroup)
                {
                    throw new NotSupportedException($"groups in more than {DeepestGroup} others");
                }

                break;
            case ')':
                _part = _open.TryPop(out int start)
                    ? start
                    : throw new ArgumentException($"the parenthesis at {_at} closes none");
                Copy();
                break;
            case '*' or '+' or '?':
                Repeat(_text[_at++].ToString());
                break;
            case '{':
                Braces();
                break;
            case '^' or '$' or '|':
                Copy();
                _part = -1;
                break;
            default:
                Copy();
                _part = begin;
                break;
        }
    }

    private void Copy() => _output.Append(_text[_at++]);

    /// <summary>{n}, {n,}, {,m}, {n,m} and {,}; anything else in braces is text.</summary>
    private void Braces()
    {
        int end = _text[_at..].IndexOf('}');
        var parts = end < 0 ? [] : _text[(_at + 1)..(_at + end)].ToString().Split(',');
        bool isCount = parts is [{ Length: > 0 }] or [_, _]
            && parts.All(part => part.All(char.IsAsciiDigit));
        if (!isCount)
        {
            _part = _output.Length;
            _output.Append("\\{");
            _at++;
            return;
        }

        parts[0] = parts[0].Length == 0 ? "0" : parts[0];
        _at += end + 1;
        Repeat($"{{{string.Join(',', parts)}}}");
    }

    private void Repeat(string count)
    {
        if (_part < 0)
        {
            throw new ArgumentException($"there is nothing that {count} repeats");
        }

        bool isPossessive = _at < _text.Length && _text[_at] == '+';
        bool isLazy = _at < _text.Length && _text[_at] == '?';
        _at += isPossessive || isLazy ? 1 : 0;
        _output.Append(count).Append(isLazy ? "?" : "");
        if (isPossessive)
        {
            _output.Insert(_part, "(?>").Append(')');
        }

        _part = -1;
    }

    private void Open()
    {
        int begin = _output.Length;
        var rest = _text[++_at..];
        if (rest.IsEmpty || rest[0] != '?')
        {
            Capture(begin, name: null);
        }
        else if (rest.StartsWith("?P<"))
        {
            Capture(begin, Until('>', 3));
        }
        else if (rest.StartsWith("?P="))
        {
            _output.Append(CultureInfo.InvariantCulture, $"\\k<{NumberOf(Until(')', 3))}>");
            _part = begin;
        }
        else if (rest.StartsWith("?#"))
        {
            Until(')', 2);
        }
        else if (rest.StartsWith("?("))
        {
            _output.Append(CultureInfo.InvariantCulture, $"(?({NumberOf(Until(')', 2))})");
            _open.Push(begin);
            _part = -1;
        }
        else
        {
            var kind = Kind(rest);
            _at += kind.Length;
            if (kind.EndsWith(')'))
            {
                _start = _at;
            }
            else
            {
                _open.Push(begin);
                _part = -1;
            }

            // All patterns are of text, and names of layers are ASCII.
            var flags = kind.Replace("a", "").Replace("u", "");
            _output.Append('(').Append(flags == "?)" ? "?:)" : flags);
        }
    }

    private void Capture(int begin, string? name)
    {
        _groups++;
        if (name is not null && !_names.TryAdd(name, _groups))
        {
            throw new ArgumentException($"two groups have the name {name}");
        }

        _output.Append(CultureInfo.InvariantCulture, $"(?<{_groups}>");
        _open.Push(begin);
        _part = -1;
    }

    /// <summary>What follows a parenthesis: of a group without a number, of an assertion, or flags.</summary>
    private readonly string Kind(ReadOnlySpan<char> rest)
    {
        foreach (var kind in (string[])["?:", "?=", "?!", "?>", "?<=", "?<!"])
        {
            if (rest.StartsWith(kind))
            {
                return kind;
            }
        }

        int length = 1;
        while (length < rest.Length && (Flags.Contains(rest[length]) || rest[length] == '-'))
        {
            length++;
        }

        bool isScope = length > 1 && length < rest.Length && rest[length] == ':';
        bool isWhole = length > 1 && length < rest.Length && rest[length] == ')';
        if (!isScope && !isWhole)
        {
            throw new ArgumentException($"({Start(rest)} begins no group");
        }

        if (rest[..length].Contains('x'))
        {
            throw new NotSupportedException("the flag x, with which spaces and comments are no part of it");
        }

        return !isWhole || _at == _start + 1 ? rest[..(length + 1)].ToString()
            : throw new ArgumentException($"the flags ({Start(rest)} are not at its start");
    }

    private static string Start(ReadOnlySpan<char> rest) => rest[..Math.Min(rest.Length, 4)].ToString();

    /// <summary>The text up to a character, both of which are passed.</summary>
    private string Until(char end, int skipped)
    {
        var rest = _text[(_at + skipped)..];
        int length = rest.IndexOf(end);
        _at += skipped + length + 1;
        return length >= 0
            ? rest[..length].ToString()
            : throw new ArgumentException($"the end {end} of a group is missing");
    }

    private readonly int NumberOf(string group) => _names.TryGetValue(group, out int number)
        || (int.TryParse(group, NumberStyles.None, CultureInfo.InvariantCulture, out number)
            && number > 0 && number <= _groups)
        ? number
        : throw new ArgumentException($"there is no group {group} before it is named");
}
