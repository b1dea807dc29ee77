using System.Numerics;

namespace LoNas.Text.Jinja;

/// <summary>The filters of numbers.</summary>
internal static class NumberFilters
{
    public static IReadOnlyList<Builtin> All { get; } =
    [
        new("abs", "x", (_, a) => a[0] switch
        {
            long number => number == long.MinValue ? throw Arithmetic.TooLarge() : (object)Math.Abs(number),
            BigInteger number => BigInteger.Abs(number),
            bool flag => flag ? 1L : 0L,
            double number => Math.Abs(number),
            _ => throw NoNumber("bad operand type for abs()", a[0]),
        }),
        new("int", "value default=0 base=10", (_, a) => ToInt(a[0], a[1], ValueKind.Small(a[2], "the base"))),
        new("float", "value default=...", (_, a) => a[0] is Undefined missing
            ? throw new JinjaException(missing.Reason)
            : ToFloat(a[0]) is { } number ? number : a[1] == Builtin.Missing ? 0.0 : a[1]),
        new("round", "value precision=0 method=common", Round),
    ];

    /// <summary>A number, or a text that is one.</summary>
    public static double Real(object? value) => ToFloat(value)
        ?? throw NoNumber("could not convert to float", value);

    private static JinjaException NoNumber(string what, object? value) =>
        new(value is Undefined missing ? missing.Reason : $"{what}: '{ValueKind.Name(value)}'");

    private static double? ToFloat(object? value) => ValueOrder.Number(value)
        ?? (ValueKind.TextOf(value) is { Length: < 5000 } text && PythonNumber.TryParse(text, out double number)
            ? number : null);

    private static object? ToInt(object? value, object? otherwise, int numberBase)
    {
        if (value is Undefined missing)
        {
            throw new JinjaException(missing.Reason);
        }

        if (value is long or BigInteger)
        {
            return value;
        }

        if (ValueKind.TextOf(value) is { } text && Parsed(text, numberBase) is { } whole)
        {
            return whole;
        }

        double? real = ToFloat(value);
        return real is not { } number || !double.IsFinite(number) ? otherwise
            : Math.Abs(number) < 9e18 ? (object)(long)number : new BigInteger(number);
    }

    private static object? Parsed(string text, int numberBase)
    {
        var digits = PythonText.Strip(PythonNumber.WithPlainDigits(text));
        bool isNegative = digits.StartsWith('-');
        digits = digits is ['+' or '-', ..] ? digits[1..] : digits;
        char mark = numberBase switch { 16 => 'x', 8 => 'o', 2 => 'b', _ => ' ' };
        if (digits.Length > 2 && digits[0] == '0' && char.ToLowerInvariant(digits[1]) == mark)
        {
            digits = digits[2..];
        }

        digits = digits.Contains("__", StringComparison.Ordinal) || digits is ['_', ..] or [.., '_']
            ? "" : digits.Replace("_", "", StringComparison.Ordinal);
        if (digits.Length is 0 or > 4300 || numberBase is < 2 or > 36)
        {
            return null;
        }

        BigInteger number = 0;
        foreach (char c in digits)
        {
            int digit = char.IsAsciiDigit(c) ? c - '0'
                : char.IsAsciiLetter(c) ? char.ToLowerInvariant(c) - 'a' + 10 : numberBase;
            if (digit >= numberBase)
            {
                return null;
            }

            number = (number * numberBase) + digit;
        }

        number = isNegative ? -number : number;
        return number >= long.MinValue && number <= long.MaxValue ? (object)(long)number : number;
    }

    private static object? Round(Rendering rendering, object?[] a)
    {
        int digits = Math.Clamp(ValueKind.Small(a[1], "the precision"), -300, 300);
        var method = ValueText.Of(a[2]);
        if (a[0] is not (long or bool or double))
        {
            throw NoNumber("no number to round", a[0]);
        }

        double value = ValueOrder.Number(a[0])!.Value;
        double scale = Math.Pow(10, digits);
        return method switch
        {
            "common" when a[0] is long whole && digits >= 0 => (object)whole,
            "common" when a[0] is bool && digits >= 0 => (long)value,
            "common" when a[0] is long or bool => (long)Rounded(value, digits),
            "common" => digits > 22 ? value : Rounded(value, digits),
            "ceil" => Math.Ceiling(value * scale) / scale,
            "floor" => Math.Floor(value * scale) / scale,
            _ => throw new JinjaException("method must be common, ceil or floor"),
        };
    }

    private static double Rounded(double value, int digits)
    {
        double scale = Math.Pow(10, -digits);
        return digits >= 0 ? PythonNumber.Round(value, digits)
            : Math.Round(value / scale) * scale;
    }
}
