using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LoNas.Kernels;

/// <summary>
/// The exponential function of sixteen numbers, in float32 throughout. .NET's own uses double precision and takes
/// several times as long.
/// </summary>
internal static class Exponential
{
    private const float LargestPower = 88.3762626647949f;
    private const float SmallestPower = -87.3365478515625f;
    private const float InverseOfLn2 = 1.44269504088896341f;

    // ln 2 in two parts. The first has few bits, so that n times it is exact (Cody and Waite, 1980).
    private const float UpperLn2 = 0.693359375f;
    private const float LowerLn2 = -2.12194440e-4f;

    private const int MantissaBits = 23;
    private const int ExponentBias = 127;

    /// <summary>
    /// Accurate to two units in the last place. Results below the smallest normal number become 0, which makes no
    /// difference in a softmax.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Of(Vector512<float> power)
    {
        var x = Vector512.Min(power, Vector512.Create(LargestPower));
        var n = Vector512.Floor((x * InverseOfLn2) + Vector512.Create(0.5f));
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-UpperLn2), x);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-LowerLn2), r);

        // Cephes' minimax polynomial for [-ln 2 / 2, ln 2 / 2].
        var p = Vector512.Create(1.9875691500e-4f);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.3981999507e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(8.3334519073e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(4.1665795894e-2f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.6666665459e-1f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(5.0000001201e-1f));
        p = Vector512.FusedMultiplyAdd(p, r * r, r) + Vector512<float>.One;

        var scale = ((Vector512.ConvertToInt32Native(n) + Vector512.Create(ExponentBias)) << MantissaBits).AsSingle();
        var result = p * scale;
        // NaN fails the comparison and stays NaN, so that a broken loss stays visible.
        return Vector512.ConditionalSelect(
            Vector512.LessThan(power, Vector512.Create(SmallestPower)), Vector512<float>.Zero, result);
    }
}
