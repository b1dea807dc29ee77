using System.Numerics;

namespace LoNas.Runtime;

/// <summary>
/// The project's one source of randomness: xoshiro256** seeded through SplitMix64 (Blackman and Vigna, 2018).
/// It is handed down to whoever draws; its state can be saved and restored, so an interrupted run goes on exactly.
/// </summary>
public sealed class SeededRandom
{
    private ulong _a;
    private ulong _b;
    private ulong _c;
    private ulong _d;

    /// <summary>A generator whose whole sequence is set by <paramref name="seed"/>.</summary>
    public SeededRandom(long seed)
    {
        ulong state = unchecked((ulong)seed);
        _a = SplitMix(ref state);
        _b = SplitMix(ref state);
        _c = SplitMix(ref state);
        _d = SplitMix(ref state);
    }

    private SeededRandom(ReadOnlySpan<ulong> state) => (_a, _b, _c, _d) = (state[0], state[1], state[2], state[3]);

    /// <summary>The generator's state, four 64-bit words in hexadecimal.</summary>
    public string State => $"{_a:x16}{_b:x16}{_c:x16}{_d:x16}";

    /// <summary>A generator that goes on from a saved <see cref="State"/>.</summary>
    /// <exception cref="InvalidDataException">The text is no state.</exception>
    public static SeededRandom FromState(string state)
    {
        var words = new ulong[4];
        for (int i = 0; i < words.Length; i++)
        {
            if (state.Length != 64 || !ulong.TryParse(
                state.AsSpan(i * 16, 16), System.Globalization.NumberStyles.HexNumber, null, out words[i]))
            {
                throw new InvalidDataException(
                    $"'{state[..Math.Min(state.Length, 64)]}' is no random state: expected 64 hexadecimal digits");
            }
        }

        return new SeededRandom(words);
    }

    /// <summary>A uniform integer in [0, <paramref name="exclusiveMaximum"/>).</summary>
    public int Next(int exclusiveMaximum)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(exclusiveMaximum);
        // Rejection keeps every value equally likely (Lemire 2019 without the multiplication trick).
        ulong range = (ulong)exclusiveMaximum;
        ulong limit = ulong.MaxValue - (ulong.MaxValue % range);
        ulong drawn;
        do
        {
            drawn = NextBits();
        }
        while (drawn >= limit);
        return (int)(drawn % range);
    }

    /// <summary>A uniform double in [0, 1) with 53 random bits.</summary>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A non-negative seed for another generator, such as libtorch's.</summary>
    public long NextSeed() => (long)(NextBits() >> 1);

    /// <summary>A random order of 0 to <paramref name="count"/> - 1 (Fisher and Yates).</summary>
    public int[] Permutation(int count)
    {
        var order = new int[count];
        for (int i = 0; i < count; i++)
        {
            int j = Next(i + 1);
            order[i] = order[j];
            order[j] = i;
        }

        return order;
    }

    /// <summary>A seed for each number, none of which says anything of the others.</summary>
    public static long Nth(long seed, long number)
    {
        ulong state = unchecked((ulong)seed + ((ulong)number * 0xd1342543de82ef95));
        return (long)(SplitMix(ref state) >> 1);
    }

    private static ulong SplitMix(ref ulong state)
    {
        ulong z = state += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

    private ulong NextBits()
    {
        ulong result = BitOperations.RotateLeft(_b * 5, 7) * 9;
        ulong shifted = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= shifted;
        _d = BitOperations.RotateLeft(_d, 45);
        return result;
    }
}
