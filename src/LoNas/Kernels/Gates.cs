using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LoNas.Kernels;

/// <summary>x sigmoid(x), the gate of LLaMA (SiLU).</summary>
internal readonly struct SiluGate : IGate
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Share(Vector512<float> value) => Sigmoid.Of(value);

    public static float Share(float value) => Sigmoid.Of(value);

    /// <summary>s + x s (1 - s).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Slope(Vector512<float> value, Vector512<float> share) =>
        share + (value * share * (Vector512<float>.One - share));

    public static float Slope(float value, float share) => share + (value * share * (1 - share));
}

/// <summary>
/// The gate of Gemma: GELU by its approximation with tanh (Hendrycks and Gimpel, 2016), x (1 + tanh(u)) / 2, which is
/// x sigmoid(2 u), with u = sqrt(2 / pi) (x + 0.044715 x^3).
/// </summary>
internal readonly struct TanhGeluGate : IGate
{
    private const float Cubic = 0.044715f;
    private const float Doubled = 1.5957691216057308f; // 2 sqrt(2 / pi)

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Share(Vector512<float> value) =>
        Sigmoid.Of(value * Doubled * (Vector512<float>.One + (value * value * Cubic)));

    public static float Share(float value) => Sigmoid.Of(value * Doubled * (1 + (value * value * Cubic)));

    /// <summary>s + x s (1 - s) (2 u)'.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Slope(Vector512<float> value, Vector512<float> share) => share
        + (value * share * (Vector512<float>.One - share)
            * ((value * value * (3 * Cubic * Doubled)) + Vector512.Create(Doubled)));

    public static float Slope(float value, float share) =>
        share + (value * share * (1 - share) * ((value * value * (3 * Cubic * Doubled)) + Doubled));
}

/// <summary>1 / (1 + exp(-x)).</summary>
internal static class Sigmoid
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Of(Vector512<float> value) =>
        Vector512<float>.One / (Vector512<float>.One + Exponential.Of(-value));

    public static float Of(float value) => 1 / (1 + MathF.Exp(-value));
}
