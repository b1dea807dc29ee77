using System.Globalization;
using System.Text.RegularExpressions;
using LoNas.Text.Bpe;

namespace LoNas.Text.TokenizerJson;

/// <summary>Splits a part of the text further. The caller drops empty parts.</summary>
/// <param name="text">The part.</param>
/// <param name="isFirst">Whether it begins the whole text.</param>
internal delegate IEnumerable<string> PreTokenizer(string text, bool isFirst);

/// <summary>Reads the <c>pre_tokenizer</c> of tokenizer.json.</summary>
internal static partial class PreTokenizerReader
{
    private const string AsciiSymbols = "$+<=>^`|~";

    /// <exception cref="InvalidDataException">The type or a value is not supported.</exception>
    public static PreTokenizer Read(TokenizerNode node) => node.IsNull ? (text, _) => [text] : ReadType(node);

    /// <summary>
    /// BERT's pre-tokenizer: splits at white space and makes each punctuation character a part of its own.
    /// </summary>
    public static IEnumerable<string> SplitBert(string text, bool isFirst)
    {
        int start = 0;
        for (int i = 0; i < text.Length;)
        {
            int length = char.IsSurrogatePair(text, i) ? 2 : 1;
            bool isSpace = char.IsWhiteSpace(text[i]);
            if (isSpace || IsPunctuation(text, i))
            {
                yield return text[start..i];
                yield return isSpace ? "" : text.Substring(i, length);
                start = i + length;
            }

            i += length;
        }

        yield return text[start..];
    }

    private static PreTokenizer ReadType(TokenizerNode node) => node["type"].AsText() switch
    {
        "Sequence" => ReadSequence(node["pretokenizers"]),
        "Split" => ReadSplit(node),
        "ByteLevel" => ReadByteLevel(node),
        "Metaspace" => ReadMetaspace(node),
        "Digits" => ReadDigits(node),
        "WhitespaceSplit" => (text, _) => text.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries),
        "BertPreTokenizer" => SplitBert,
        _ => throw node["type"].Unsupported(
            "Sequence, Split, ByteLevel, Metaspace, Digits, WhitespaceSplit or BertPreTokenizer"),
    };

    private static PreTokenizer ReadSequence(TokenizerNode steps)
    {
        var splits = steps.Items().Select(ReadType).ToArray();
        return (text, isFirst) => splits.Aggregate<PreTokenizer, IEnumerable<string>>(
            [text],
            (parts, split) => parts.SelectMany((part, index) => split(part, isFirst && index == 0))
                .Where(part => part.Length > 0).ToList());
    }

    private static PreTokenizer ReadSplit(TokenizerNode node)
    {
        var pattern = node["pattern"];
        var regex = pattern.Has("String")
            ? new Regex(Regex.Escape(pattern["String"].AsText()), RegexOptions.CultureInvariant)
            : OnigurumaPattern.Compile(pattern["Regex"]);
        var split = new SplitPattern(pattern, regex);
        bool dropsMatches = node.Flag("invert", false);
        return node["behavior"].AsText() switch
        {
            "Isolated" => (text, _) => split.Split(text).Select(part => part.Text),
            "Removed" => (text, _) => split.Split(text).Where(part => part.IsMatch == dropsMatches)
                .Select(part => part.Text),
            "MergedWithPrevious" => (text, _) => MergedWithPrevious(split.Split(text), dropsMatches),
            _ => throw node["behavior"].Unsupported("Isolated, Removed or MergedWithPrevious"),
        };
    }

    /// <summary>
    /// Each match goes to the part before it, unless that is a match itself: Gemma's way with spaces.
    /// </summary>
    private static IEnumerable<string> MergedWithPrevious(
        IEnumerable<(string Text, bool IsMatch)> parts, bool inverts)
    {
        var merged = new List<string>();
        bool follows = false;
        foreach (var (text, isMatch) in parts)
        {
            bool ends = isMatch != inverts;
            if (ends && !follows && merged.Count > 0)
            {
                merged[^1] += text;
            }
            else
            {
                merged.Add(text);
            }

            follows = ends;
        }

        return merged;
    }

    private static PreTokenizer ReadByteLevel(TokenizerNode node)
    {
        bool addsSpace = node.Flag("add_prefix_space", true);
        var split = node.Flag("use_regex", true) ? new SplitPattern(node, Gpt2Pattern()) : null;
        return (text, _) =>
        {
            text = addsSpace && !text.StartsWith(' ') ? " " + text : text;
            return split is null ? [ByteAlphabet.Encode(text)]
                : split.Split(text).Select(part => ByteAlphabet.Encode(part.Text));
        };
    }

    private static PreTokenizer ReadMetaspace(TokenizerNode node)
    {
        char symbol = node.Symbol("replacement");
        bool splits = node.Flag("split", true);
        var (always, first) = ReadPrependScheme(node);
        return (text, isFirst) =>
        {
            text = text.Replace(' ', symbol);
            text = (always || (first && isFirst)) && !text.StartsWith(symbol) ? symbol + text : text;
            return splits ? SplitBefore(text, symbol) : [text];
        };
    }

    /// <summary>Whether every part, or only the first, gets a space in front.</summary>
    internal static (bool Always, bool First) ReadPrependScheme(TokenizerNode node)
    {
        if (!node.Has("prepend_scheme"))
        {
            return (node.Flag("add_prefix_space", true), false);
        }

        return node["prepend_scheme"].AsText() switch
        {
            "always" => (true, false),
            "first" => (false, true),
            "never" => (false, false),
            _ => throw node["prepend_scheme"].Unsupported("always, first or never"),
        };
    }

    private static IEnumerable<string> SplitBefore(string text, char symbol)
    {
        int start = 0;
        for (int i = text.IndexOf(symbol); i >= 0; i = text.IndexOf(symbol, i + 1))
        {
            yield return text[start..i];
            start = i;
        }

        yield return text[start..];
    }

    private static PreTokenizer ReadDigits(TokenizerNode node)
    {
        var split = new SplitPattern(node, node.Flag("individual_digits", false) ? DigitPattern() : NumberPattern());
        return (text, _) => split.Split(text).Select(part => part.Text);
    }

    private static bool IsPunctuation(string text, int index) =>
        AsciiSymbols.Contains(text[index]) || CharUnicodeInfo.GetUnicodeCategory(text, index)
            is >= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherPunctuation;

    // GPT-2's encoder.py.
    [GeneratedRegex(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")]
    private static partial Regex Gpt2Pattern();

    [GeneratedRegex(@"\p{N}")]
    private static partial Regex DigitPattern();

    [GeneratedRegex(@"\p{N}+")]
    private static partial Regex NumberPattern();
}
