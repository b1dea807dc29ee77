using LoNas.Export.Extraction;

namespace LoNas.Benchmarks;

/// <summary>
/// The claim that an extracted model is smaller by exactly the weights cut, and faster in proportion to its MACs.
/// </summary>
/// <param name="maximal">The report of extracting the maximal sub-adapter.</param>
/// <param name="heuristic">The report of extracting the heuristic one.</param>
internal sealed class ProportionClaim(ExtractionReport maximal, ExtractionReport heuristic)
{
    /// <summary>How far a ratio of times may be from the ratio of the MACs, relative to the latter.</summary>
    private const double Tolerance = 0.15;

    /// <summary>The ratio of MACs, heuristic to maximal model, for a new token, which uses all linears.</summary>
    public double TokenShare => (double)heuristic.Result.Macs / maximal.Result.Macs;

    /// <summary>
    /// The same ratio for a prompt, which uses the head only at its last position, so it hardly counts.
    /// </summary>
    public double PromptShare
    {
        get
        {
            long tokens = maximal.Result.Macs / maximal.Result.Weights;
            long head = RandomModel.HeadWeights * tokens;
            return (double)(heuristic.Result.Macs - head) / (maximal.Result.Macs - head);
        }
    }

    /// <summary>Whether the files differ by the weights cut, in float32.</summary>
    public bool HoldsForBytes(TextWriter output)
    {
        long cut = (maximal.Result.Weights - heuristic.Result.Weights) * sizeof(float);
        long saved = maximal.ResultBytes - heuristic.ResultBytes;
        bool holds = cut > 0 && saved == cut;
        output.WriteLine($"bytes: {saved} fewer, {cut} of weights cut: {Verdict(holds)}");
        return holds;
    }

    /// <summary>Whether a time is in proportion. Both values are ratios to the maximal model.</summary>
    public static bool HoldsForTime(TextWriter output, string name, double time, double macs)
    {
        // Written so that NaN fails, too.
        bool holds = Math.Abs((time / macs) - 1) <= Tolerance && time < 1;
        output.WriteLine(
            $"{name}: time {time:0.000} for MACs {macs:0.000}, {(time / macs) - 1:+0.0 %;-0.0 %}: {Verdict(holds)}");
        return holds;
    }

    private static string Verdict(bool holds) => holds ? "holds" : "FAILS";
}
