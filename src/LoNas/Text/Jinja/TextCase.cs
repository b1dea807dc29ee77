using System.Text;

namespace LoNas.Text.Jinja;

/// <summary>Capitals and small letters.</summary>
internal static class TextCase
{
    public static string Upper(Rendering rendering, string text)
    {
        rendering.Charge(text.Length);
        return text.ToUpperInvariant().Replace("\u00df", "SS", StringComparison.Ordinal);
    }

    public static string Lower(Rendering rendering, string text)
    {
        rendering.Charge(text.Length);
        return text.ToLowerInvariant();
    }

    /// <summary>The first character a capital, all others small.</summary>
    public static string Capitalized(Rendering rendering, string text)
    {
        if (text.Length == 0)
        {
            return text;
        }

        int first = CodePoints.LengthAt(text, 0);
        return Upper(rendering, text[..first]) + Lower(rendering, text[first..]);
    }

    /// <summary>str.title(): a capital behind everything that is no letter.</summary>
    public static string Title(Rendering rendering, string text)
    {
        rendering.Charge(text.Length);
        var title = new StringBuilder(text.Length);
        bool isInside = false;
        foreach (char c in text)
        {
            title.Append(isInside ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c));
            isInside = char.IsLetter(c);
        }

        return title.ToString();
    }

    public static bool All(string text, Func<Rune, bool> test) => text.Length > 0 && text.EnumerateRunes().All(test);

    public static bool IsUpper(string text) => text.Any(char.IsUpper) && !text.Any(char.IsLower);

    public static bool IsLower(string text) => text.Any(char.IsLower) && !text.Any(char.IsUpper);
}
