using System.Globalization;
using System.Numerics;

namespace LoNas.Text.Jinja;

/// <summary>Numbers in the forms that Python's two ways to format have in common.</summary>
internal static class NumberFormat
{
    /// <summary>The most digits behind the point.</summary>
    public const int MostDigits = 1000;

    /// <summary>The digits of a whole number without its sign, in base 10, 16, 8 or 2.</summary>
    public static string Whole(BigInteger value, char type, bool hasPrefix)
    {
        value = BigInteger.Abs(value);
        var digits = type switch
        {
            'x' or 'X' => value.ToString(type.ToString(), CultureInfo.InvariantCulture).TrimStart('0'),
            'o' => Convert.ToString((long)value, 8),
            'b' => Convert.ToString((long)value, 2),
            _ => value.ToString(CultureInfo.InvariantCulture),
        };
        digits = digits.Length == 0 ? "0" : digits;
        return hasPrefix && type is 'x' or 'X' or 'o' or 'b' ? $"0{type}{digits}" : digits;
    }

    /// <summary>A float without its sign, as 'f', 'e' or 'g' give it.</summary>
    /// <param name="value">The number.</param>
    /// <param name="type">The form; a capital gives capitals.</param>
    /// <param name="digits">Digits behind the point, or of 'g' all that count.</param>
    /// <param name="keepsZeros">Whether 'g' keeps zeros at its end.</param>
    public static string Float(double value, char type, int digits, bool keepsZeros)
    {
        if (digits > MostDigits)
        {
            throw new JinjaException($"a number is to have {digits} digits; expected at most {MostDigits}");
        }

        value = Math.Abs(value);
        var text = double.IsNaN(value) ? "nan" : double.IsInfinity(value) ? "inf"
            : char.ToLowerInvariant(type) switch
            {
                'f' => value.ToString($"F{digits}", CultureInfo.InvariantCulture),
                'e' => Exponent(value, digits),
                _ => General(value, Math.Max(1, digits), keepsZeros),
            };
        return char.IsUpper(type) ? text.ToUpperInvariant() : text;
    }

    private static string Exponent(double value, int digits)
    {
        var parts = value.ToString($"E{digits}", CultureInfo.InvariantCulture).Split('E');
        int exponent = int.Parse(parts[1], CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture,
            $"{parts[0]}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
    }

    private static string General(double value, int digits, bool keepsZeros)
    {
        var text = Exponent(value, digits - 1);
        int exponent = int.Parse(text[(text.IndexOf('e') + 1)..], CultureInfo.InvariantCulture);
        if (exponent >= -4 && exponent < digits)
        {
            var plain = value.ToString($"F{digits - 1 - exponent}", CultureInfo.InvariantCulture);
            return keepsZeros || !plain.Contains('.') ? plain : plain.TrimEnd('0').TrimEnd('.');
        }

        var (mantissa, power) = (text[..text.IndexOf('e')], text[text.IndexOf('e')..]);
        return (keepsZeros || !mantissa.Contains('.') ? mantissa : mantissa.TrimEnd('0').TrimEnd('.')) + power;
    }
}
