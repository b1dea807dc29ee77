using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LoNas.Kernels;

/// <summary>float32 as it is.</summary>
internal readonly unsafe struct Float32Element : IElement<float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* source) => Vector512.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> values, float* target) => values.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float LoadOne(float* source) => *source;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreOne(float value, float* target) => *target = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Round(Vector512<float> values) => values;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float RoundOne(float value) => value;
}
