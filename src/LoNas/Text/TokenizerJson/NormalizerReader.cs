using System.Text;
using System.Text.RegularExpressions;
using LoNas.Text.WordPiece;

namespace LoNas.Text.TokenizerJson;

/// <summary>Reads the <c>normalizer</c> of tokenizer.json.</summary>
internal static class NormalizerReader
{
    /// <exception cref="InvalidDataException">The type or a value is not supported.</exception>
    public static Func<string, string> Read(TokenizerNode node) => node.IsNull ? text => text : ReadType(node);

    private static Func<string, string> ReadType(TokenizerNode node) => node["type"].AsText() switch
    {
        "Sequence" => ReadSequence(node["normalizers"]),
        "NFC" => text => UnicodeNormalizer.Normalize(text, NormalizationForm.FormC),
        "NFD" => text => UnicodeNormalizer.Normalize(text, NormalizationForm.FormD),
        "NFKC" => text => UnicodeNormalizer.Normalize(text, NormalizationForm.FormKC),
        "NFKD" => text => UnicodeNormalizer.Normalize(text, NormalizationForm.FormKD),
        "Lowercase" => BertNormalizer.Lower,
        "StripAccents" => BertNormalizer.StripAccents,
        "Strip" => ReadStrip(node),
        "Prepend" => ReadPrepend(node["prepend"].AsText()),
        "Replace" => ReadReplace(node),
        "BertNormalizer" => ReadBert(node),
        _ => throw node["type"].Unsupported(
            "Sequence, NFC, NFD, NFKC, NFKD, Lowercase, StripAccents, Strip, Prepend, Replace or BertNormalizer"),
    };

    private static Func<string, string> ReadSequence(TokenizerNode steps)
    {
        var normalizers = steps.Items().Select(ReadType).ToArray();
        return text => normalizers.Aggregate(text, (result, normalize) => normalize(result));
    }

    private static Func<string, string> ReadStrip(TokenizerNode node)
    {
        bool left = node.Flag("strip_left", true);
        bool right = node.Flag("strip_right", true);
        return text =>
        {
            text = left ? text.TrimStart() : text;
            return right ? text.TrimEnd() : text;
        };
    }

    private static Func<string, string> ReadPrepend(string prefix) =>
        text => text.Length == 0 ? text : prefix + text;

    private static Func<string, string> ReadReplace(TokenizerNode node)
    {
        var content = node["content"].AsText();
        if (node["pattern"].Has("String"))
        {
            var from = node["pattern"]["String"].AsText();
            return from.Length > 0 ? text => text.Replace(from, content)
                : throw node["pattern"].Unsupported("text that is not empty");
        }

        var regex = OnigurumaPattern.Compile(node["pattern"]["Regex"]);
        return text =>
        {
            try
            {
                return regex.Replace(text, _ => content);
            }
            catch (RegexMatchTimeoutException)
            {
                throw node.Unsupported("a pattern that is matched in reasonable time");
            }
        };
    }

    private static Func<string, string> ReadBert(TokenizerNode node)
    {
        bool lowersCase = node.Flag("lowercase", true);
        return new BertNormalizer(
            node.Flag("clean_text", true), node.Flag("handle_chinese_chars", true),
            node.Flag("strip_accents", lowersCase), lowersCase).Normalize;
    }
}
