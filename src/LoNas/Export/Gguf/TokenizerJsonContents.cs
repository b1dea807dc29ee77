using System.Globalization;
using LoNas.Storage;
using LoNas.Text;
using LoNas.Text.TokenizerJson;

namespace LoNas.Export.Gguf;

/// <summary>
/// Reads tokenizer.json for GGUF: byte-level tokenizers become gpt2, those with byte fallback become llama.
/// </summary>
internal static class TokenizerJsonContents
{
    private const int Normal = 1;
    private const int Unknown = 2;
    private const int Control = 3;
    private const int UserDefined = 4;
    private const int Unused = 5;
    private const int Byte = 6;

    private const string Llama3 = "llama-bpe";

    /// <summary>
    /// llama.cpp's names for the word splitting of known model families, by the whole regular expression, since
    /// expressions of other families have parts in common with these.
    /// </summary>
    private static readonly Dictionary<string, string> Splits = new()
    {
        [Bpe(@"\p{N}{1,3}")] = Llama3,
        [Bpe(@"\p{N}")] = "qwen2",
        [@" ?[^(\s|[.,!?…。，、।۔،])]+"] = "bloom",
    };

    public static TokenizerContents Read(string path)
    {
        var vocabulary = TokenizerJsonReader.Read(path);
        var root = new TokenizerNode(JsonInput.Load(path, "tokenizer"), "", path);
        var model = root["model"];
        bool hasFallback = model.Has("byte_fallback") && model.Flag("byte_fallback", false);
        var tokens = vocabulary.Pieces
            .Select((piece, id) => piece.Name.Length > 0 ? piece.Name : $"[UNUSED{id}]").ToArray();
        string[] merges = [.. model["merges"].Items().Select(Merge)];
        var unknown = model.Has("unk_token") ? model["unk_token"].AsText() : null;
        return new TokenizerContents
        {
            Model = hasFallback ? "llama" : "gpt2",
            Pre = hasFallback ? "default" : Split(root, path),
            Tokens = tokens,
            Types =
            [
                .. vocabulary.Pieces.Select((piece, id) => Type(piece.Name, id, vocabulary, unknown, hasFallback)),
            ],
            Scores = hasFallback ? Scores(merges, vocabulary) : null,
            AddsSpacePrefix = hasFallback && vocabulary.Normalize("a") is [not 'a', ..],
            Merges = hasFallback ? null : merges,
        };
    }

    private static string Merge(TokenizerNode merge) => merge.IsText
        ? merge.AsText()
        : string.Join(' ', merge.Items().Select(piece => piece.AsText()));

    /// <summary>
    /// Scores for a tokenizer that only ranks merges: the score of a piece is minus the rank of the first merge that
    /// makes it.
    /// </summary>
    private static float[] Scores(string[] merges, Vocabulary vocabulary)
    {
        var scores = new float[vocabulary.Pieces.Count];
        foreach (var (rank, merge) in merges.Index().Reverse())
        {
            scores[vocabulary.Ids[merge.Replace(" ", "", StringComparison.Ordinal)]] = -rank;
        }

        return scores;
    }

    private static int Type(string name, int id, Vocabulary vocabulary, string? unknown, bool hasFallback)
    {
        if (name.Length == 0)
        {
            return Unused;
        }

        if (hasFallback && IsByte(name))
        {
            return Byte;
        }

        var added = vocabulary.AddedTokens.FirstOrDefault(token => token.Id == id);
        return name == unknown ? Unknown : added is null ? Normal : added.IsSpecial ? Control : UserDefined;
    }

    private static bool IsByte(string name) => name is ['<', '0', 'x', _, _, '>']
        && byte.TryParse(name.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _);

    private static string Split(TokenizerNode root, string path)
    {
        var node = root["pre_tokenizer"];
        bool isSequence = !node.IsNull && node.Text("type", "") == "Sequence";
        TokenizerNode[] parts = isSequence ? [.. node["pretokenizers"].Items()] : [node];
        var name = parts switch
        {
            [var split, var bytes] when Is(split, "Split") && split["pattern"].Has("Regex") && IsUnprefixed(bytes) =>
                Splits.GetValueOrDefault(split["pattern"]["Regex"].AsText()),
            [var bytes] when IsUnprefixed(bytes) && bytes.Flag("use_regex", true) => "gpt-2",
            [var digits, var bytes] when Is(digits, "Digits") && digits.Flag("individual_digits", false)
                && IsUnprefixed(bytes) && bytes.Flag("use_regex", true) => "smollm",
            _ => null,
        };
        // The name of LLaMA 3 also says that a word that is a token is not put together by merges.
        name = name == Llama3 && !root["model"].Flag("ignore_merges", false) ? "dbrx" : name;
        // llama.cpp changes no text before; NFC, which changes hardly any, it leaves out.
        var before = root["normalizer"];
        name = before.IsNull || before.Text("type", "") == "NFC" ? name : null;
        return name ?? throw new InvalidDataException(
            $"The tokenizer '{path}' splits words in a way that llama.cpp has no name for here; known are those of "
            + "GPT-2, LLaMA 3, Qwen2, SmolLM and BLOOM, of texts as they are. Convert the extracted folder "
            + "with llama.cpp's own converter");
    }

    private static bool IsUnprefixed(TokenizerNode node) =>
        Is(node, "ByteLevel") && !node.Flag("add_prefix_space", true);

    private static bool Is(TokenizerNode node, string type) => !node.IsNull && node.Text("type", "") == type;

    /// <summary>The regular expression of LLaMA 3 and Qwen2, which differ only in how they split numbers.</summary>
    private static string Bpe(string numbers) =>
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|" + numbers
        + @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
}
