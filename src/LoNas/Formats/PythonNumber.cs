using System.Globalization;

namespace LoNas.Formats;

/// <summary>Numbers as Python rounds and writes them, for files that scripts written for Hugging Face read.</summary>
public static class PythonNumber
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

    /// <summary>Python's <c>str</c> of a float from 0.0001 to 1e15: whole numbers end in <c>.0</c>.</summary>
    public static string Text(double value)
    {
        var text = value.ToString(CultureInfo.InvariantCulture);
        return text.All(char.IsAsciiDigit) ? $"{text}.0" : text;
    }
}
