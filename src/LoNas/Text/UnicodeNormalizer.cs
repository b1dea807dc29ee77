using System.Text;

namespace LoNas.Text;

/// <summary>
/// Unicode's normalisation forms (Unicode Standard Annex 15). The programs run without ICU, and without ICU .NET's own
/// <see cref="string.Normalize()"/> returns its input unchanged.
/// </summary>
internal static class UnicodeNormalizer
{
    private const int HangulBase = 0xAC00;
    private const int LeadBase = 0x1100;
    private const int VowelBase = 0x1161;
    private const int TrailBase = 0x11A7;
    private const int LeadCount = 19;
    private const int VowelCount = 21;
    private const int TrailCount = 28;

    private static readonly Lazy<UnicodeDecompositions> Tables = new(UnicodeDecompositions.Load);

    /// <summary>Converts text to a normalisation form; unpaired surrogates become U+FFFD.</summary>
    public static string Normalize(string text, NormalizationForm form)
    {
        if (text.All(char.IsAscii))
        {
            return text;
        }

        var runes = new List<Rune>();
        foreach (var rune in text.EnumerateRunes())
        {
            Decompose(rune, form is NormalizationForm.FormKC or NormalizationForm.FormKD, runes);
        }

        Reorder(runes);
        if (form is NormalizationForm.FormC or NormalizationForm.FormKC)
        {
            Compose(runes);
        }

        var result = new StringBuilder();
        runes.ForEach(rune => result.Append(rune.ToString()));
        return result.ToString();
    }

    private static void Decompose(Rune rune, bool isCompatible, List<Rune> output)
    {
        int hangul = rune.Value - HangulBase;
        if (hangul is >= 0 and < LeadCount * VowelCount * TrailCount)
        {
            output.Add(new Rune(LeadBase + (hangul / (VowelCount * TrailCount))));
            output.Add(new Rune(VowelBase + (hangul / TrailCount % VowelCount)));
            if (hangul % TrailCount > 0)
            {
                output.Add(new Rune(TrailBase + (hangul % TrailCount)));
            }
        }
        else if (Tables.Value.Canonical.TryGetValue(rune, out var parts)
            || (isCompatible && Tables.Value.Compatible.TryGetValue(rune, out parts)))
        {
            foreach (var part in parts)
            {
                Decompose(part, isCompatible, output);
            }
        }
        else
        {
            output.Add(rune);
        }
    }

    // Consecutive combining marks are sorted by class; marks of the same class keep their order.
    private static void Reorder(List<Rune> runes)
    {
        for (int start = 0; start < runes.Count; start++)
        {
            int end = start;
            while (end < runes.Count && ClassOf(runes[end]) > 0)
            {
                end++;
            }

            if (end - start > 1)
            {
                var sorted = runes[start..end].OrderBy(ClassOf).ToList();
                runes.RemoveRange(start, end - start);
                runes.InsertRange(start, sorted);
            }

            start = end;
        }
    }

    private static void Compose(List<Rune> runes)
    {
        int starter = -1;
        int last = 0; // the class of the mark before, within the starter's marks
        int kept = 0;
        foreach (var rune in runes.ToArray())
        {
            int combining = ClassOf(rune);
            bool isOpen = starter >= 0 && (starter == kept - 1 || last < combining);
            if (isOpen && Pair(runes[starter], rune) is { } joined)
            {
                runes[starter] = joined;
                continue;
            }

            if (combining == 0)
            {
                starter = kept;
            }

            last = combining;
            runes[kept++] = rune;
        }

        runes.RemoveRange(kept, runes.Count - kept);
    }

    private static Rune? Pair(Rune first, Rune second)
    {
        int lead = first.Value - LeadBase;
        int vowel = second.Value - VowelBase;
        if (lead is >= 0 and < LeadCount && vowel is >= 0 and < VowelCount)
        {
            return new Rune(HangulBase + (((lead * VowelCount) + vowel) * TrailCount));
        }

        int hangul = first.Value - HangulBase;
        int trail = second.Value - TrailBase;
        if (hangul is >= 0 and < LeadCount * VowelCount * TrailCount && hangul % TrailCount == 0
            && trail is > 0 and < TrailCount)
        {
            return new Rune(first.Value + trail);
        }

        return Tables.Value.Compositions.TryGetValue((first, second), out var joined) ? joined : null;
    }

    private static int ClassOf(Rune rune) => Tables.Value.Classes.GetValueOrDefault(rune);
}
