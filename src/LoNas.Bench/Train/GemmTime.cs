using System.Diagnostics;
using LoNas.Opening;
using static TorchSharp.torch;

namespace LoNas.Bench.Train;

/// <summary>
/// How long libtorch takes for a frozen linear layer's two products: the output, and the input's gradient.
/// </summary>
internal static class GemmTime
{
    private const int Rounds = 9;

    /// <param name="rows">Tokens.</param>
    /// <param name="inFeatures">Width of the input.</param>
    /// <param name="outFeatures">Width of the output.</param>
    /// <param name="dtype">Element type.</param>
    /// <param name="device">Where.</param>
    /// <returns>Seconds, the median of several rounds after one that does not count.</returns>
    public static double Measure(long rows, long inFeatures, long outFeatures, ScalarType dtype, Device device)
    {
        using var scope = NewDisposeScope();
        var input = randn(rows, inFeatures, dtype: dtype, device: device);
        var weight = randn(outFeatures, inFeatures, dtype: dtype, device: device);
        var gradient = randn(rows, outFeatures, dtype: dtype, device: device);
        var times = new List<double>();
        for (int round = 0; round <= Rounds; round++)
        {
            using var within = NewDisposeScope();
            DeviceSetup.Wait(device);
            long start = Stopwatch.GetTimestamp();
            nn.functional.linear(input, weight);
            gradient.mm(weight);
            DeviceSetup.Wait(device);
            times.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return times.Skip(1).Order().ElementAt(Rounds / 2);
    }
}
