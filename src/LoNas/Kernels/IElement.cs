using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LoNas.Kernels;

/// <summary>
/// An element type of the kernels: elements are loaded as float32 and stored from float32, sixteen or one at a time.
/// </summary>
/// <typeparam name="T">The type of an element in memory.</typeparam>
internal unsafe interface IElement<T>
    where T : unmanaged
{
    static abstract Vector512<float> Load(T* source);

    static abstract void Store(Vector512<float> values, T* target);

    static abstract float LoadOne(T* source);

    static abstract void StoreOne(float value, T* target);

    /// <summary>The values rounded as if they had been stored and loaded again.</summary>
    static abstract Vector512<float> Round(Vector512<float> values);

    static abstract float RoundOne(float value);
}

/// <summary>float32, without conversion.</summary>
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

/// <summary>bfloat16, the upper half of a float32. Rounds to nearest even, as libtorch does.</summary>
internal readonly unsafe struct BFloat16Element : IElement<ushort>
{
    private const int Half = 16;
    private const uint QuietNaN = 0x7FC00000;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(ushort* source)
    {
        var halves = Vector256.Load(source);
        if (Avx512F.IsSupported)
        {
            return (Avx512F.ConvertToVector512UInt32(halves) << Half).AsSingle();
        }

        var (lower, upper) = Vector256.Widen(halves);
        return (Vector512.Create(lower, upper) << Half).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> values, ushort* target)
    {
        var upper = Bits(values) >>> Half;
        var halves = Avx512F.IsSupported
            ? Avx512F.ConvertToVector256UInt16(upper)
            : Vector256.Narrow(upper.GetLower(), upper.GetUpper());
        halves.Store(target);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float LoadOne(ushort* source) => BitConverter.UInt32BitsToSingle((uint)*source << Half);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreOne(float value, ushort* target) =>
        *target = (ushort)(BitConverter.SingleToUInt32Bits(RoundOne(value)) >> Half);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Round(Vector512<float> values) =>
        (Bits(values) & Vector512.Create(0xFFFF0000u)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float RoundOne(float value)
    {
        uint bits = float.IsNaN(value) ? QuietNaN : BitConverter.SingleToUInt32Bits(value);
        return BitConverter.UInt32BitsToSingle((bits + 0x7FFF + ((bits >> Half) & 1)) & 0xFFFF0000u);
    }

    /// <summary>Bits whose upper half is the rounded value. The lower half is undefined.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Bits(Vector512<float> values)
    {
        var bits = values.AsUInt32();
        var rounded = bits + Vector512.Create(0x7FFFu) + ((bits >>> Half) & Vector512<uint>.One);
        // A NaN whose payload is all ones would round to minus zero.
        return Vector512.ConditionalSelect(
            Vector512.Equals(values, values).AsUInt32(), rounded, Vector512.Create(QuietNaN));
    }
}
