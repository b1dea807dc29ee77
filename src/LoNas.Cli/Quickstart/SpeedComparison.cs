using System.Globalization;
using System.Text.Json.Nodes;

namespace LoNas.Cli.Quickstart;

/// <summary>
/// Two models' speeds, measured in turns: a machine's pace differs more from one second to the next than models do.
/// </summary>
/// <param name="Before">Tokens a second of each turn of the one.</param>
/// <param name="After">Those of the other, which ran right after it.</param>
internal sealed record SpeedComparison(IReadOnlyList<double> Before, IReadOnlyList<double> After)
{
    /// <summary>Turns of each model.</summary>
    public const int Rounds = 15;

    /// <summary>How often the one is as fast as the other, round by round.</summary>
    public SpeedRange Ratio => SpeedRange.Of([.. Before.Zip(After, (before, after) => after / before)]);

    /// <summary>
    /// Whether the two may be equally fast. The range of the ratio holds its true median in 96 of 100 measurements:
    /// that of fifteen rounds twelve or more are on one side of it has a chance of 2 * (1 + 15 + 105 + 455) / 2^15.
    /// </summary>
    public bool IsWithinNoise => Ratio is { Low: <= 1, High: >= 1 };

    /// <summary>Lets two models take turns; the first turn of each warms up and does not count.</summary>
    /// <param name="before">Runs the one and gives its tokens a second.</param>
    /// <param name="after">The same of the other.</param>
    public static SpeedComparison InTurns(Func<double> before, Func<double> after)
    {
        var turns = Enumerable.Range(0, 1 + Rounds).Select(_ => (Before: before(), After: after())).ToArray()[1..];
        return new SpeedComparison([.. turns.Select(turn => turn.Before)], [.. turns.Select(turn => turn.After)]);
    }

    /// <summary>What the turns say, in words.</summary>
    public string InWords(string before, string after)
    {
        var ratio = Ratio;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{after}, turn by turn: {ratio.Median:0.00} times the tokens/s of {before}, the median of "
            + $"{Before.Count} ratios ({ratio.Low:0.00} to {ratio.High:0.00})")
            + (IsWithinNoise ? ", within the noise" : "");
    }

    /// <summary>The same as plain values.</summary>
    public JsonObject ToJson(string before, string after) => new()
    {
        ["rounds"] = Before.Count,
        [$"{before}_tokens_per_second"] = SpeedRange.Of(Before).ToJson(1),
        [$"{after}_tokens_per_second"] = SpeedRange.Of(After).ToJson(1),
        ["ratio"] = Ratio.ToJson(3),
        ["within_noise"] = IsWithinNoise,
    };
}

/// <summary>What several measurements of one thing say.</summary>
/// <param name="Median">Their median.</param>
/// <param name="Low">The least but for the lowest fifth.</param>
/// <param name="High">The largest but for the highest fifth.</param>
internal sealed record SpeedRange(double Median, double Low, double High)
{
    /// <summary>The range of an odd number of values.</summary>
    public static SpeedRange Of(IReadOnlyList<double> values)
    {
        double[] sorted = [.. values.Order()];
        int left = sorted.Length / 5;
        return new SpeedRange(sorted[sorted.Length / 2], sorted[left], sorted[^(1 + left)]);
    }

    /// <summary>An object of plain values.</summary>
    public JsonObject ToJson(int digits) => new()
    {
        ["median"] = Math.Round(Median, digits),
        ["low"] = Math.Round(Low, digits),
        ["high"] = Math.Round(High, digits),
    };
}
