using System.Globalization;
using System.Text;

namespace LoNas.Text;

/// <summary>
/// The tables of <see cref="UnicodeNormalizer"/>. UnicodeDecompositions.py generates them from Unicode's data.
/// </summary>
internal sealed class UnicodeDecompositions
{
    /// <summary>One step of canonical decomposition.</summary>
    public Dictionary<Rune, Rune[]> Canonical { get; } = [];

    /// <summary>One step of compatibility decomposition.</summary>
    public Dictionary<Rune, Rune[]> Compatible { get; } = [];

    /// <summary>The character that a pair of characters composes to.</summary>
    public Dictionary<(Rune First, Rune Second), Rune> Compositions { get; } = [];

    /// <summary>The combining class of every character whose class is not 0.</summary>
    public Dictionary<Rune, int> Classes { get; } = [];

    public static UnicodeDecompositions Load()
    {
        var tables = new UnicodeDecompositions();
        using var stream = typeof(UnicodeDecompositions).Assembly
            .GetManifestResourceStream("UnicodeDecompositions.txt")!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            tables.Add(line.Split(' '));
        }

        return tables;
    }

    private void Add(string[] fields)
    {
        if (fields[0] == "c")
        {
            int combining = int.Parse(fields[1], CultureInfo.InvariantCulture);
            foreach (var run in fields[2..].Select(field => field.Split('-')))
            {
                for (int code = Code(run[0]); code <= Code(run[1]); code++)
                {
                    Classes.Add(new Rune(code), combining);
                }
            }
        }
        else if (fields[0] != "#")
        {
            var rune = new Rune(Code(fields[1]));
            Rune[] parts = [.. fields[2..].Select(field => new Rune(Code(field)))];
            (fields[0] == "k" ? Compatible : Canonical).Add(rune, parts);
            if (fields[0] == "d")
            {
                Compositions.Add((parts[0], parts[1]), rune);
            }
        }
    }

    private static int Code(string field) =>
        int.Parse(field, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
