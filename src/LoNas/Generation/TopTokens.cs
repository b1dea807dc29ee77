using System.Numerics;
using System.Runtime.InteropServices;

namespace LoNas.Generation;

/// <summary>Finds the highest logits of a row, best first; of equal ones the lower token comes first.</summary>
internal static class TopTokens
{
    /// <summary>The best <paramref name="most"/> tokens, fewer in a smaller vocabulary.</summary>
    /// <exception cref="InvalidDataException">The logits are no numbers.</exception>
    public static (int Token, float Logit)[] Find(ReadOnlySpan<float> logits, int most)
    {
        var best = new (int Token, float Logit)[Math.Min(most, logits.Length)];
        int found = 0;
        int token = 0;
        // Almost no block holds a new best, and to see that costs one comparison a block.
        foreach (var block in MemoryMarshal.Cast<float, Vector<float>>(logits))
        {
            if (found < best.Length || Vector.GreaterThanAny(block, new Vector<float>(best[^1].Logit)))
            {
                for (int i = 0; i < Vector<float>.Count; i++)
                {
                    found = Insert(best, found, token + i, block[i]);
                }
            }

            token += Vector<float>.Count;
        }

        for (; token < logits.Length; token++)
        {
            found = Insert(best, found, token, logits[token]);
        }

        return found == best.Length ? best : throw NotNumbers();
    }

    /// <summary>A logit that is a number.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static float Number(float logit) => float.IsNaN(logit) ? throw NotNumbers() : logit;

    /// <summary>All tokens, best first.</summary>
    public static (int Token, float Logit)[] Sort(ReadOnlySpan<float> logits)
    {
        var all = new (int Token, float Logit)[logits.Length];
        for (int token = 0; token < all.Length; token++)
        {
            // Not a number counts as worst of all, as where only the best are sought.
            all[token] = (token, float.IsNaN(logits[token]) ? float.NegativeInfinity : logits[token]);
        }

        Array.Sort(all, (left, right) =>
            right.Logit != left.Logit ? right.Logit.CompareTo(left.Logit) : left.Token.CompareTo(right.Token));
        return all;
    }

    private static InvalidDataException NotNumbers() => new(
        "The model's logits are not numbers (NaN); its weights or its element type do not hold, try --bf16 or a "
        + "float32 checkpoint");

    private static int Insert((int Token, float Logit)[] best, int found, int token, float logit)
    {
        if (float.IsNaN(logit) || (found == best.Length && logit <= best[^1].Logit))
        {
            return found;
        }

        int place = Math.Min(found, best.Length - 1);
        for (; place > 0 && best[place - 1].Logit < logit; place--)
        {
            best[place] = best[place - 1];
        }

        best[place] = (token, logit);
        return Math.Min(found + 1, best.Length);
    }
}
