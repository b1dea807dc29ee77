using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace LoNas.Text;

/// <summary>
/// Numbers as Python reads, rounds and writes them, since labels and records come from there, and scripts written for
/// Hugging Face read what is written here. Source: the documentation of float(), round() and of the repr of floats.
/// </summary>
public static partial class PythonNumber
{
    /// <summary>
    /// Python's <c>round</c>: to the nearest decimal number of what the value is exactly, halves to the even one.
    /// (<see cref="Math.Round(double, int)"/> multiplies first, which makes a half of 2.675.)
    /// </summary>
    public static double Round(double value, int digits)
    {
        double scale = Math.Pow(10, digits);
        double scaled = value * scale;
        bool isHalf = Math.Abs(scaled - Math.Truncate(scaled)) == 0.5
            && Math.FusedMultiplyAdd(value, scale, -scaled) == 0;
        return !double.IsFinite(value) ? value : isHalf
            ? Math.Round(scaled) / scale
            : double.Parse(value.ToString($"F{digits}", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }

    /// <summary>
    /// Reads what Python's float() reads: digits of every script, single underscores between digits, inf and nan, and
    /// white space around. A number beyond a double's range is infinite.
    /// </summary>
    public static bool TryParse(string text, out double number)
    {
        var plain = PythonText.Strip(WithPlainDigits(text));
        var word = plain.TrimStart('+', '-').ToLowerInvariant();
        if (Word().IsMatch(plain))
        {
            number = word == "nan" ? double.NaN
                : plain[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
            return true;
        }

        number = 0;
        return Number().IsMatch(plain) && double.TryParse(
            plain.Replace("_", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture,
            out number);
    }

    /// <summary>
    /// The text with the decimal digits of every script, also beyond the basic plane, as 0 to 9: what Python's \d
    /// matches and float() reads.
    /// </summary>
    public static string WithPlainDigits(string text)
    {
        if (Ascii.IsValid(text))
        {
            return text;
        }

        var plain = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            int digit = CharUnicodeInfo.GetDecimalDigitValue(text, i);
            plain.Append(digit < 0 ? text[i] : (char)('0' + digit));
            i += digit >= 0 && char.IsHighSurrogate(text[i]) ? 1 : 0;
        }

        return plain.ToString();
    }

    /// <summary>
    /// A JSON number as Python's json and an f-string write it: 5 is <c>5</c>, 5.0 is <c>5.0</c>, 1e16 is <c>1e+16</c>;
    /// null for one that is not finite.
    /// </summary>
    public static string? ToText(JsonElement number)
    {
        var raw = number.GetRawText();
        if (raw.AsSpan().IndexOfAny('.', 'e', 'E') < 0)
        {
            return raw == "-0" ? "0" : raw; // a whole number has as many digits as it likes
        }

        double value = number.GetDouble();
        return double.IsFinite(value) ? Text(value) : null;
    }

    /// <summary>Python's <c>str</c> of a finite float: 318 is <c>318.0</c>, 1e16 is <c>1e+16</c>.</summary>
    public static string Text(double value)
    {
        // The shortest digits that read back as the value, in either of .NET's two forms.
        var parts = Math.Abs(value).ToString("R", CultureInfo.InvariantCulture).Split('E');
        var whole = parts[0].Split('.')[0];
        var all = parts[0].Replace(".", "", StringComparison.Ordinal);
        var digits = all.TrimStart('0');
        int exponent = (parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 0)
            + whole.Length - 1 - (all.Length - digits.Length);
        digits = digits.TrimEnd('0');
        var sign = double.IsNegative(value) ? "-" : "";
        if (digits.Length == 0)
        {
            return $"{sign}0.0";
        }

        if (exponent is < -4 or >= 16)
        {
            var rest = digits.Length > 1 ? $".{digits[1..]}" : "";
            return $"{sign}{digits[0]}{rest}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
        }

        return exponent < 0
            ? $"{sign}0.{new string('0', -exponent - 1)}{digits}"
            : sign + digits.PadRight(exponent + 1, '0').Insert(exponent + 1, ".")
                + (digits.Length > exponent + 1 ? "" : "0");
    }

    [GeneratedRegex(@"^[+-]?([0-9]+(_[0-9]+)*\.?([0-9]+(_[0-9]+)*)?|\.[0-9]+(_[0-9]+)*)([eE][+-]?[0-9]+(_[0-9]+)*)?\z")]
    private static partial Regex Number();

    [GeneratedRegex(@"^[+-]?(inf|infinity|nan)\z", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Word();
}
