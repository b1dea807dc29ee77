namespace LoNas.Cli.Options;

/// <summary>Finds what a user may have meant.</summary>
internal static class NearestName
{
    /// <summary>No name is longer; of a longer text the rest says nothing about what was meant.</summary>
    private const int Longest = 100;

    /// <summary>More edits than these make another word of any name.</summary>
    private const int MostEdits = 3;

    /// <summary>
    /// The name with the fewest single-letter edits from <paramref name="given"/>, the first of equals; null where
    /// none is near: at most every third letter may differ.
    /// </summary>
    public static string? Find(string given, IEnumerable<string> names)
    {
        var word = given[..Math.Min(given.Length, Longest)].ToLowerInvariant().Replace('-', '_');
        int most = Math.Clamp(given.Length / 3, 1, MostEdits);
        return names.Select(name => (Name: name, Edits: Distance(word, name.ToLowerInvariant().Replace('-', '_'))))
            .Where(entry => entry.Edits <= most).OrderBy(entry => entry.Edits).FirstOrDefault().Name;
    }

    /// <summary>Levenshtein's distance: insertions, deletions and replacements of one letter.</summary>
    public static int Distance(string from, string to)
    {
        int[] above = [.. Enumerable.Range(0, to.Length + 1)];
        for (int i = 1; i <= from.Length; i++)
        {
            int[] row = new int[to.Length + 1];
            row[0] = i;
            for (int j = 1; j <= to.Length; j++)
            {
                int replace = above[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
                row[j] = Math.Min(replace, Math.Min(above[j], row[j - 1]) + 1);
            }

            above = row;
        }

        return above[to.Length];
    }
}
