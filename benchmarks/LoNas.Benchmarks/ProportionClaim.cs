using LoNas.Export.Extraction;

namespace LoNas.Benchmarks;

/// <summary>
/// The claim that an extracted model is smaller by exactly the weights cut, and faster in proportion to its MACs.
/// </summary>
/// <param name="maximal">What extracting the maximal sub-adapter gave.</param>
/// <param name="heuristic">What extracting the heuristic one gave.</param>
internal sealed class ProportionClaim(ExtractionReport maximal, ExtractionReport heuristic)
{
    /// <summary>How far a time may be from the share of the MACs, relative to it.</summary>
    private const double Tolerance = 0.15;

    /// <summary>
    /// MACs of the heuristic model over the maximal one's for a new token, which needs all of the linears.
    /// </summary>
    public double TokenShare => (double)heuristic.Result.Macs / maximal.Result.Macs;

    /// <summary>
    /// The same for a prompt, which needs the head at its last position alone: next to nothing of it.
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

    /// <summary>Whether a time is in proportion; both are shares of the maximal model's.</summary>
    public static bool HoldsForTime(TextWriter output, string name, double time, double macs)
    {
        // Written so that what is no number fails too.
        bool holds = Math.Abs((time / macs) - 1) <= Tolerance && time < 1;
        output.WriteLine(
            $"{name}: time {time:0.000} for MACs {macs:0.000}, {(time / macs) - 1:+0.0 %;-0.0 %}: {Verdict(holds)}");
        return holds;
    }

    private static string Verdict(bool holds) => holds ? "holds" : "FAILS";
}
