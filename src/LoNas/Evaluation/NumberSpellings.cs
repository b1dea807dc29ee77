using System.Globalization;
using LoNas.Text;

namespace LoNas.Evaluation;

/// <summary>
/// The ways in which a response may write a number, or one that is close enough to it: with a sign, more zeros at
/// either end, fewer decimals, an exponent. Commas are dropped from responses, so none has any.
/// </summary>
internal static class NumberSpellings
{
    private const int MostDecimals = 6;
    private const int MostNumbers = 250;
    private const int MostZeros = 9;

    /// <summary>The spellings, likely ones first; null where too many numbers are close enough.</summary>
    public static IEnumerable<string>? Of(double number, double tolerance) =>
        2 * tolerance > MostNumbers
            ? null
            : Near(number, tolerance).SelectMany(near => Texts(near.Value, near.Decimals))
                .Where(text => PythonNumber.TryParse(text, out double read) && Math.Abs(number - read) <= tolerance);

    /// <summary>The number, and what has few decimals and is close enough.</summary>
    private static IEnumerable<(double Value, int Decimals)> Near(double number, double tolerance)
    {
        yield return (number, 0);
        for (int decimals = 0; decimals <= MostDecimals; decimals++)
        {
            double scale = Math.Pow(10, decimals);
            double first = Math.Ceiling((number - tolerance) * scale - 1e-6);
            double count = Math.Floor((number + tolerance) * scale + 1e-6) - first;
            for (int i = 0; i <= count && count <= MostNumbers && Math.Abs(first) < 1e15; i++)
            {
                yield return ((first + i) / scale, decimals);
            }
        }
    }

    private static IEnumerable<string> Texts(double value, int decimals)
    {
        double size = Math.Abs(value);
        string[] signs = value < 0 ? ["-"] : value == 0 ? ["", "+", "-"] : ["", "+"];
        IEnumerable<string> plain = [PythonNumber.Text(size), .. Enumerable.Range(decimals, MostDecimals + 1 - decimals)
            .Select(count => size.ToString($"F{count}", CultureInfo.InvariantCulture))];
        var padded = plain.SelectMany(text => Enumerable.Range(0, MostZeros)
            .Select(count => new string('0', count) + text)
            .Concat([$"{text}.", text.StartsWith("0.", StringComparison.Ordinal) ? text[1..] : text]));
        var scientific = ((string[])["0.######e0", "0.0#####e0", "0.######e+00", "0.0#####e+00"])
            .Select(format => size.ToString(format, CultureInfo.InvariantCulture));
        return padded.Concat(scientific).Concat(scientific.Select(text => text.ToUpperInvariant()))
            .SelectMany(text => signs.Select(sign => sign + text));
    }
}
