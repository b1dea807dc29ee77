using System.Buffers.Binary;

namespace LoNas.Runtime;

/// <summary>
/// Checks what is to become the state of libtorch's CPU generator (a Mersenne Twister with 624 words): libtorch ends
/// the process where it is none.
/// </summary>
internal static class GeneratorState
{
    private const int Words = 624;

    // ATen/CPUGeneratorImpl.cpp, CPUGeneratorImplStateLegacy: seed, left, seeded, next, then the words.
    private const int Left = 8;
    private const int Seeded = 12;
    private const int Next = 16;

    /// <exception cref="InvalidDataException">It is none; <paramref name="present"/> is one.</exception>
    public static void Require(ReadOnlySpan<byte> state, ReadOnlySpan<byte> present)
    {
        if (state.Length != present.Length || !IsWhole(state))
        {
            throw new InvalidDataException($"{state.Length} bytes are no state of the random generator");
        }
    }

    /// <summary>What is left of the words lies within them: nothing behind the last is read.</summary>
    private static bool IsWhole(ReadOnlySpan<byte> state)
    {
        int left = BinaryPrimitives.ReadInt32LittleEndian(state[Left..]);
        ulong next = BinaryPrimitives.ReadUInt64LittleEndian(state[Next..]);
        return BinaryPrimitives.ReadInt32LittleEndian(state[Seeded..]) == 1
            && left is > 0 and <= Words && next <= (ulong)(Words + 1 - left);
    }
}
