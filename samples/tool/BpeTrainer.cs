using System.Text.RegularExpressions;

namespace LoNas.Samples;

/// <summary>
/// Learns byte-pair pieces as SentencePiece does with split_digits: a piece never spans two words, each digit or symbol
/// is a piece of its own, and a run of spaces is split into pieces of 16, 8, 4, 2 and 1. Spaces are written as '▁'.
/// </summary>
internal static partial class BpeTrainer
{
    private const string Space = "▁";

    /// <summary>
    /// The normal pieces, best first: runs of spaces, learnt merges, then single characters.
    /// </summary>
    /// <param name="texts">The corpus.</param>
    /// <param name="count">The number of pieces.</param>
    public static List<string> Train(IEnumerable<string> texts, int count)
    {
        var words = CountWords(texts);
        var characters = words.Keys.SelectMany(word => word).Distinct().Order().Select(c => $"{c}").ToList();
        // Runs come first, so that a run of spaces is merged before its last space can merge with the word after it.
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
