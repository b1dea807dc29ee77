using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace LoNas.Text.Jinja;

/// <summary>What stands behind the colon of a field: alignment, sign, width, digits and form.</summary>
internal static partial class FormatSpec
{
    /// <summary>A value in the form that is asked for.</summary>
    /// <exception cref="JinjaException">It has no such form.</exception>
    public static string Apply(Rendering rendering, object? value, string spec)
    {
        if (spec.Length == 0)
        {
            return ValueText.Of(value);
        }

        var match = Form().Match(spec);
        if (!match.Success || value is not (string or Markup or long or BigInteger or bool or double))
        {
            throw new JinjaException(value is Undefined missing ? missing.Reason
                : $"Invalid format specifier '{spec}' for object of type '{ValueKind.Name(value)}'");
        }

        bool isText = value is string or Markup;
        char type = match.Groups["type"].Value is [var given] ? given : ' ';
        int? digits = Number(match.Groups["digits"].Value);
        bool hasZeros = match.Groups["zero"].Length > 0;
        var text = isText ? OfText(ValueKind.TextOf(value)!, type, digits) : OfNumber(value, match, type, digits);
        var fill = match.Groups["fill"].Length > 0 ? match.Groups["fill"].Value : hasZeros && !isText ? "0" : " ";
        char align = match.Groups["align"].Value is [var side] ? side : isText ? '<' : hasZeros ? '=' : '>';
        long width = Number(match.Groups["width"].Value) ?? 0;
        if (align != '=')
        {
            return TextTrim.Padded(rendering, text, width, fill, align);
        }

        int sign = text is ['-' or '+' or ' ', ..] ? 1 : 0;
        return text[..sign] + TextTrim.Padded(rendering, text[sign..], width - sign, fill, '>');
    }

    private static int? Number(string digits) => digits.Length == 0 ? null
        : int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number
        : throw new JinjaException("Too many decimal digits in format string");

    private static string OfText(string text, char type, int? digits) => type is not (' ' or 's')
        ? throw new JinjaException($"Unknown format code '{type}' for object of type 'str'")
        : digits is { } most && CodePoints.Count(text) > most ? CodePoints.Part(text, 0, most) : text;

    private static string OfNumber(object value, Match match, char type, int? digits)
    {
        bool isFloat = value is double || type is 'f' or 'F' or 'e' or 'E' or 'g' or 'G' or '%';
        double number = ValueOrder.Number(value)!.Value;
        bool isNegative = double.IsNegative(number);
        var text = isFloat ? OfFloat(number, type, digits, match.Groups["alternate"].Length > 0)
            : type is ' ' or 'd' or 'n' or 'x' or 'X' or 'o' or 'b' && digits is null
                ? NumberFormat.Whole(
                    value is BigInteger big ? big : ValueKind.Whole(value, ""), type,
                    match.Groups["alternate"].Length > 0)
            : throw new JinjaException($"Unknown format code '{type}' for object of type '{ValueKind.Name(value)}'");
        if (match.Groups["group"].Value is [var group])
        {
            text = Grouped(text, group);
        }

        var sign = match.Groups["sign"].Value;
        return (isNegative ? "-" : sign is "+" or " " ? sign : "") + text;
    }

    private static string OfFloat(double number, char type, int? digits, bool keepsZeros) => type switch
    {
        '%' => NumberFormat.Float(number * 100, 'f', digits ?? 6, keepsZeros) + "%",
        ' ' when digits is null => ValueText.Float(Math.Abs(number)),
        ' ' => NumberFormat.Float(number, 'g', digits.Value, keepsZeros) is var text
            && !text.AsSpan().ContainsAny('.', 'e', 'n') ? text + ".0" : text,
        'f' or 'F' or 'e' or 'E' or 'g' or 'G' or 'n' => NumberFormat.Float(
            number, type == 'n' ? 'g' : type, digits ?? 6, keepsZeros),
        _ => throw new JinjaException($"Unknown format code '{type}' for object of type 'float'"),
    };

    private static string Grouped(string text, char separator)
    {
        int end = 0;
        while (end < text.Length && char.IsAsciiDigit(text[end]))
        {
            end++;
        }

        for (int at = end - 3; at > 0; at -= 3)
        {
            text = text.Insert(at, $"{separator}");
        }

        return text;
    }

    [GeneratedRegex(
        @"^(?:(?<fill>[\s\S])?(?<align>[<>=^]))?(?<sign>[-+ ])?z?(?<alternate>#)?(?<zero>0)?(?<width>[0-9]*)"
        + @"(?<group>[,_])?(?:\.(?<digits>[0-9]+))?(?<type>[a-zA-Z%])?\z")]
    private static partial Regex Form();
}
