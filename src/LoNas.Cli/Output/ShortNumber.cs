using System.Globalization;
using System.Text.RegularExpressions;

namespace LoNas.Cli.Output;

/// <summary>Large whole numbers in fewer columns: five significant digits and k, M, G or T.</summary>
internal static partial class ShortNumber
{
    private const int Digits = 5;

    private static readonly string[] Units = ["", "k", "M", "G", "T", "P", "E"];

    /// <summary>
    /// A number as tables write it, such as <c>1,709,732,528,128</c>, as <c>1.7097T</c>; any other text, and a number
    /// that would not become shorter, as it is.
    /// </summary>
    public static string Of(string text)
    {
        if (!Grouped().IsMatch(text)
            || !long.TryParse(text, NumberStyles.Number, CultureInfo.InvariantCulture, out long number))
        {
            return text;
        }

        // Rounded to five digits first: 999,999,999 is 1.0000G and not 1000.0M.
        string digits = ((double)Math.Abs((decimal)number)).ToString($"E{Digits - 1}", CultureInfo.InvariantCulture);
        int power = int.Parse(digits[(digits.IndexOf('E') + 1)..], CultureInfo.InvariantCulture);
        double value = double.Parse(digits, CultureInfo.InvariantCulture) / Math.Pow(1000, power / 3);
        string rounded = (number < 0 ? "-" : "")
            + value.ToString($"F{Digits - 1 - (power % 3)}", CultureInfo.InvariantCulture) + Units[power / 3];
        return rounded.Length < text.Length ? rounded : text;
    }

    [GeneratedRegex(@"^-?\d{1,3}(,\d{3})+$")]
    private static partial Regex Grouped();
}
