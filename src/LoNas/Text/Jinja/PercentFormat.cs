using System.Globalization;
using System.Numerics;
using System.Text;

namespace LoNas.Text.Jinja;

/// <summary>Python's <c>%</c> of texts.</summary>
internal sealed class PercentFormat
{
    private readonly Rendering _rendering;
    private readonly string _format;
    private readonly object? _values;
    private readonly object?[] _items;
    private readonly StringBuilder _text = new();
    private int _at;
    private int _used;

    private PercentFormat(Rendering rendering, string format, object? values)
    {
        (_rendering, _format, _values) = (rendering, format, values);
        _items = values is PyTuple tuple ? tuple.Items : [values];
    }

    /// <summary>The text with values in place of its conversions.</summary>
    /// <param name="rendering">What it is counted against.</param>
    /// <param name="format">The text.</param>
    /// <param name="values">A tuple of values, a dictionary of named ones, or one value.</param>
    public static string Apply(Rendering rendering, string format, object? values)
    {
        var work = new PercentFormat(rendering, format, values);
        work.Run();
        return work._text.ToString();
    }

    private void Run()
    {
        for (int next; (next = _format.IndexOf('%', _at)) >= 0;)
        {
            _text.Append(_format, _at, next - _at);
            _at = next + 1;
            Convert();
            _rendering.ChargeText(_text.Length);
        }

        _text.Append(_format, _at, _format.Length - _at);
        if (_values is not PyDict && _used < _items.Length)
        {
            throw new JinjaException("not all arguments converted during string formatting");
        }
    }

    private void Convert()
    {
        string? key = null;
        if (Peek() == '(')
        {
            int end = _format.IndexOf(')', _at);
            key = end < 0 ? throw new JinjaException("incomplete format key") : _format[(_at + 1)..end];
            _at = end + 1;
        }

        int start = _at;
        while ("#0- +".Contains(Peek()) && Peek() != '\0')
        {
            _at++;
        }

        var flags = _format[start.._at];
        int? width = ReadNumber();
        int? digits = null;
        if (Peek() == '.')
        {
            _at++;
            digits = ReadNumber() ?? 0;
        }

        while (Peek() is 'l' or 'h' or 'L')
        {
            _at++;
        }

        char type = Peek();
        if (type == '\0')
        {
            throw new JinjaException("incomplete format");
        }

        _at++;
        _text.Append(type == '%' ? "%" : Fitted(Converted(type, flags, digits, Value(key)), flags, width, type));
    }

    private char Peek() => _at < _format.Length ? _format[_at] : '\0';

    private int? ReadNumber()
    {
        if (Peek() == '*')
        {
            _at++;
            return ValueKind.Small(Value(null), "'*'");
        }

        int start = _at;
        while (char.IsAsciiDigit(Peek()))
        {
            _at++;
        }

        return _at == start ? null
            : int.TryParse(_format.AsSpan(start, _at - start), CultureInfo.InvariantCulture, out int number) ? number
            : throw new JinjaException("width too big");
    }

    private object? Value(string? key)
    {
        if (key is not null)
        {
            return _values is not PyDict dict ? throw new JinjaException("format requires a mapping")
                : dict.TryGet(key, out var named) ? named : throw new JinjaException($"there is no key '{key}'");
        }

        return _used < _items.Length ? _items[_used++]
            : throw new JinjaException("not enough arguments for format string");
    }

    private string Converted(char type, string flags, int? digits, object? value)
    {
        switch (type)
        {
            case 's' or 'r' or 'a':
                var text = type == 's' ? ValueText.Of(value) : ValueText.Repr(value);
                return digits is { } most && CodePoints.Count(text) > most ? CodePoints.Part(text, 0, most) : text;
            case 'c':
                return ValueKind.TextOf(value) is { } one && CodePoints.Count(one) == 1 ? one
                    : value is long and >= 0 and < 0xD800 ? $"{(char)(long)value}"
                    : throw new JinjaException("%c requires int or char");
            case 'd' or 'i' or 'u' or 'x' or 'X' or 'o':
                return Whole(type, flags, digits ?? 0, value);
            case 'f' or 'F' or 'e' or 'E' or 'g' or 'G':
                double number = ValueOrder.Number(value) ?? throw new JinjaException(
                    value is Undefined missing ? missing.Reason : $"must be real number, not {ValueKind.Name(value)}");
                return Sign(double.IsNegative(number), flags)
                    + NumberFormat.Float(number, type, digits ?? 6, flags.Contains('#'));
            default:
                throw new JinjaException($"unsupported format character '{type}'");
        }
    }

    private string Whole(char type, string flags, int digits, object? value)
    {
        BigInteger number = value switch
        {
            BigInteger big when type is not 'o' => big,
            long or bool => ValueKind.Whole(value, ""),
            double real when type is 'd' or 'i' or 'u' && double.IsFinite(real) => new BigInteger(real),
            Undefined missing => throw new JinjaException(missing.Reason),
            _ => throw new JinjaException(type is 'd' or 'i' or 'u'
                ? $"%{type} format: a real number is required, not {ValueKind.Name(value)}"
                : $"%{type} format: an integer is required, not {ValueKind.Name(value)}"),
        };
        _rendering.ChargeText(digits);
        var text = NumberFormat.Whole(number, type, hasPrefix: false).PadLeft(digits, '0');
        var prefix = flags.Contains('#') && type is 'x' or 'X' or 'o' ? $"0{type}" : "";
        return Sign(number.Sign < 0, flags) + (flags.Contains('#') ? prefix : "") + text;
    }

    private static string Sign(bool isNegative, string flags) =>
        isNegative ? "-" : flags.Contains('+') ? "+" : flags.Contains(' ') ? " " : "";

    private string Fitted(string text, string flags, int? width, char type)
    {
        bool isLeft = flags.Contains('-') || width < 0;
        if (!isLeft && flags.Contains('0') && type is not ('s' or 'r' or 'a' or 'c'))
        {
            int sign = text is ['-' or '+' or ' ', ..] ? 1 : 0;
            sign += text.AsSpan(sign) is ['0', 'x' or 'X' or 'o', ..] ? 2 : 0;
            return text[..sign] + TextTrim.Padded(_rendering, text[sign..], (width ?? 0L) - sign, "0", '>');
        }

        return TextTrim.Padded(_rendering, text, Math.Abs((long)(width ?? 0)), " ", isLeft ? '<' : '>');
    }
}
