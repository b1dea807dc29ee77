using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LoNas.Kernels;

/// <summary>bfloat16, the upper half of a float32, rounded to the nearest even as libtorch does.</summary>
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

    /// <summary>Bits whose upper half is the rounded value; what is below it is of no meaning.</summary>
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
