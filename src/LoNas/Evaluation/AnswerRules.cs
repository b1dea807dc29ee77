using System.Globalization;
using System.Text.RegularExpressions;

namespace LoNas.Evaluation;

/// <summary>The answer rules of LLM-Adapters' and LoNAS' test sets, as pure functions of strings.</summary>
public static partial class AnswerRules
{
    /// <summary>How far a number may be off.</summary>
    public const double NumberTolerance = 0.001;

    /// <summary>The last number of the response, commas dropped; right within <see cref="NumberTolerance"/>.</summary>
    public static AnswerRule LastNumber { get; } = new(ExtractNumber, IsNumberRight);

    /// <summary>
    /// The first of the choices that the response holds; right if it is the answer. Where two begin at one place, the
    /// one named first wins, and case counts, as in a regular expression.
    /// </summary>
    public static AnswerRule FirstOf(params string[] choices)
    {
        var pattern = new Regex(string.Join('|', choices.Select(Regex.Escape)), RegexOptions.CultureInvariant);
        return new AnswerRule(
            response => Prediction.OfChoice(pattern.Match(response).Value),
            (prediction, answer) => prediction.Choice.Length > 0 && prediction.Choice == answer,
            response => Settle(response, pattern.Match(response), choices));
    }

    /// <summary>The match, unless text to come could complete a choice that begins earlier or is named earlier.</summary>
    private static string? Settle(string response, Match match, string[] choices)
    {
        if (!match.Success)
        {
            return null;
        }

        int rank = Array.IndexOf(choices, match.Value);
        int longest = choices.Max(choice => choice.Length);
        for (int start = Math.Max(0, response.Length - longest); start <= match.Index; start++)
        {
            var rest = response[start..];
            int rivals = start < match.Index ? choices.Length : rank;
            if (choices.Take(rivals).Any(choice => choice.StartsWith(rest, StringComparison.Ordinal)))
            {
                return null;
            }
        }

        return match.Value;
    }

    private static Prediction ExtractNumber(string response)
    {
        var matches = Number().Matches(response.Replace(",", "", StringComparison.Ordinal));
        return Prediction.OfNumber(matches.Count == 0 ? double.PositiveInfinity : ToDouble(matches[^1].Value));
    }

    private static bool IsNumberRight(Prediction prediction, string answer) =>
        double.TryParse(answer, NumberStyles.Float, CultureInfo.InvariantCulture, out double expected)
        && Math.Abs(expected - (prediction.Number ?? double.NaN)) <= NumberTolerance;

    // \d stands for the digits of every script, in .NET as in Python, and Python's float() reads them all.
    private static double ToDouble(string digits)
    {
        var ascii = string.Create(digits.Length, digits, static (span, source) =>
        {
            for (int i = 0; i < span.Length; i++)
            {
                int value = CharUnicodeInfo.GetDecimalDigitValue(source[i]);
                span[i] = value < 0 ? source[i] : (char)('0' + value);
            }
        });
        return double.Parse(ascii, NumberStyles.Float, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"-?\d+\.?\d*", RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}
