using System.Text.RegularExpressions;

namespace LoNas.Samples;

/// <summary>
/// Learns byte-pair pieces as SentencePiece would with split_digits: pieces never span two words, a digit or a sign
/// stands alone, and a run of spaces is cut into 16, 8, 4, 2, 1. Spaces are written '▁'.
/// </summary>
internal static partial class BpeTrainer
{
    private const string Space = "▁";

    /// <summary>
    /// The normal pieces, best first: runs of spaces, learnt merges, then single characters.
    /// </summary>
    /// <param name="texts">The corpus.</param>
    /// <param name="count">How many pieces.</param>
    public static List<string> Train(IEnumerable<string> texts, int count)
    {
        var words = CountWords(texts);
        var characters = words.Keys.SelectMany(word => word).Distinct().Order().Select(c => $"{c}").ToList();
        // Runs come first: a run of spaces is then joined before its last space can join the word behind it.
        var merges = new[] { 2, 4, 8, 16 }.Select(length => new string(Space[0], length)).ToList();
        var splits = words.Select(word => (Parts: word.Key.Select(c => $"{c}").ToList(), Count: word.Value)).ToList();
        while (merges.Count + characters.Count < count && BestPair(splits) is { } pair)
        {
            merges.Add(pair.Left + pair.Right);
            splits.ForEach(split => Merge(split.Parts, pair));
        }

        return [.. merges, .. characters];
    }

    private static Dictionary<string, int> CountWords(IEnumerable<string> texts)
    {
        var words = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (Match match in texts.SelectMany(text => Chunk().Matches(" " + text)))
        {
            var word = match.Value.Replace(" ", Space, StringComparison.Ordinal);
            words[word] = words.GetValueOrDefault(word) + 1;
        }

        return words;
    }

    // A word with at most one space before it, a run of signs likewise ("▁+", "▁###"), a digit, or one space.
    [GeneratedRegex(@"(?<! ) ?[A-Za-z]+|(?<! ) ?[^\sA-Za-z0-9]+|[A-Za-z]+|[^\sA-Za-z0-9]+|[0-9]| ")]
    private static partial Regex Chunk();

    private static (string Left, string Right)? BestPair(List<(List<string> Parts, int Count)> splits)
    {
        var counts = new Dictionary<(string Left, string Right), long>();
        foreach (var (parts, count) in splits)
        {
            for (int i = 0; i + 1 < parts.Count; i++)
            {
                var pair = (parts[i], parts[i + 1]);
                counts[pair] = counts.GetValueOrDefault(pair) + count;
            }
        }

        return counts.Count == 0
            ? null
            : counts.OrderByDescending(pair => pair.Value)
                .ThenBy(pair => pair.Key.Left, StringComparer.Ordinal)
                .ThenBy(pair => pair.Key.Right, StringComparer.Ordinal)
                .First().Key;
    }

    private static void Merge(List<string> parts, (string Left, string Right) pair)
    {
        for (int i = 0; i + 1 < parts.Count; i++)
        {
            if (parts[i] == pair.Left && parts[i + 1] == pair.Right)
            {
                parts[i] += pair.Right;
                parts.RemoveAt(i + 1);
            }
        }
    }
}
