using LoNas.Storage;
using LoNas.Text;
using LoNas.Text.SentencePiece;
using LoNas.Text.TokenizerJson;
using Microsoft.ML.Tokenizers;

namespace LoNas.Export.Gguf;

/// <summary>The tables of a tokenizer in llama.cpp's terms.</summary>
internal sealed record TokenizerContents
{
    /// <summary>llama (SentencePiece) or gpt2 (byte-level).</summary>
    public required string Model { get; init; }

    /// <summary>llama.cpp's name for the way a byte-level tokenizer splits words.</summary>
    public string Pre { get; init; } = "default";

    /// <summary>The tokens by id.</summary>
    public required IReadOnlyList<string> Tokens { get; init; }

    /// <summary>The type of each token: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte.</summary>
    public required IReadOnlyList<int> Types { get; init; }

    /// <summary>Only for llama: the score of each token. The higher score merges first.</summary>
    public IReadOnlyList<float>? Scores { get; init; }

    /// <summary>Only for llama: whether a text gets a space in front.</summary>
    public bool AddsSpacePrefix { get; init; }

    /// <summary>Only for gpt2: the merges in order.</summary>
    public IReadOnlyList<string>? Merges { get; init; }
}

/// <summary>Reads tokenizer.model for GGUF. Pieces, scores and types are copied unchanged.</summary>
internal static class SentencePieceContents
{
    public static TokenizerContents Read(string path)
    {
        // The reader for encoding throws if it is not a LLaMA-like model.
        _ = SentencePieceReader.Read(path);
        var bytes = InputPath.Read(path, "tokenizer", File.ReadAllBytes);
        var entries = SentencePieceFile.Parse(bytes).Entries;
        using var stream = new MemoryStream(bytes);
        return new TokenizerContents
        {
            Model = "llama",
            Tokens = [.. entries.Select(entry => entry.Name)],
            Types = [.. entries.Select(entry => (int)entry.Type)],
            Scores = [.. entries.Select(entry => entry.Score)],
            AddsSpacePrefix = SentencePieceTokenizer.Create(stream, false, false).AddDummyPrefix,
        };
    }
}

/// <summary>Describes the tokenizer of a model folder in the keys of GGUF.</summary>
internal static class GgufTokenizer
{
    private const string Prefix = "tokenizer.ggml";

    /// <summary>llama.cpp's numbers for the type of a token.</summary>
    private const int Control = 3;

    private const int UserDefined = 4;

    private const int Unused = 5;

    /// <summary>Adds the keys of a folder's tokenizer, padded to the size of the model's vocabulary.</summary>
    /// <exception cref="InvalidDataException">
    /// There is no tokenizer, it has more ordinary tokens than the model, or llama.cpp does not support its kind.
    /// </exception>
    public static GgufMetadata Describe(GgufMetadata metadata, string folder, long vocabularySize)
    {
        var contents = Within(Read(folder), (int)vocabularySize, folder);
        var tokenizer = TextTokenizer.Load(folder);
        int own = contents.Tokens.Count;
        int missing = (int)vocabularySize - own;
        var rest = Enumerable.Range(0, missing).Select(i => Beyond(tokenizer, own, i)).ToArray();
        string[] tokens = [.. contents.Tokens, .. rest.Select(token => token.Name)];
        int[] types = [.. contents.Types, .. rest.Select(token => token.Type)];
        metadata.Add($"{Prefix}.model", contents.Model).Add($"{Prefix}.pre", contents.Pre)
            .Add($"{Prefix}.tokens", tokens).Add($"{Prefix}.token_type", types);
        if (contents.Scores is { } scores)
        {
            metadata.Add($"{Prefix}.scores", [.. scores, .. Enumerable.Repeat(0f, missing)])
                .Add($"{Prefix}.add_space_prefix", contents.AddsSpacePrefix);
        }

        if (contents.Merges is { } merges)
        {
            metadata.Add($"{Prefix}.merges", merges);
        }

        return DescribeSpecials(metadata, tokenizer, vocabularySize);
    }

    private static TokenizerContents Read(string folder)
    {
        var model = Path.Combine(folder, SentencePieceReader.FileName);
        var json = Path.Combine(folder, TokenizerJsonReader.FileName);
        return File.Exists(model) ? SentencePieceContents.Read(model)
            : File.Exists(json) ? TokenizerJsonContents.Read(json)
            : throw new InvalidDataException(
                $"The model folder '{folder}' has neither {SentencePieceReader.FileName} nor "
                + $"{TokenizerJsonReader.FileName}, and a GGUF embeds the tokenizer; copy the base's into it");
    }

    /// <summary>
    /// Drops added tokens that the model has no rows for, such as a padding token that only training used.
    /// </summary>
    private static TokenizerContents Within(TokenizerContents contents, int size, string folder)
    {
        if (contents.Types.Skip(size).Any(type => type is not (Control or UserDefined or Unused)))
        {
            throw new InvalidDataException(
                $"The tokenizer in '{folder}' has {contents.Tokens.Count} tokens and the model's vocab_size is "
                + $"{size}; use a tokenizer and weights that belong together");
        }

        return contents.Tokens.Count <= size ? contents : contents with
        {
            Tokens = [.. contents.Tokens.Take(size)],
            Types = [.. contents.Types.Take(size)],
            Scores = contents.Scores is { } scores ? [.. scores.Take(size)] : null,
        };
    }

    // Tokens that files beside tokenizer.model add, and fillers up to the size of the model's vocabulary.
    private static (string Name, int Type) Beyond(TextTokenizer tokenizer, int own, int index) =>
        tokenizer.PieceOf(own + index).Name is { Length: > 0 } name
            ? (name, tokenizer.IsSpecial(own + index) ? Control : UserDefined)
            : ($"[PAD{index}]", Unused);

    private static GgufMetadata DescribeSpecials(GgufMetadata metadata, TextTokenizer tokenizer, long size)
    {
        // Whether BOS and EOS are added is seen from an encoded text, which is more reliable than the settings.
        var encoded = tokenizer.Encode("a");
        AddId("bos_token_id", tokenizer.FoundBosId);
        AddId("eos_token_id", tokenizer.FoundEosId);
        AddId("unknown_token_id", tokenizer.FoundUnkId);
        AddId("padding_token_id", tokenizer.PadId);
        return metadata.Add($"{Prefix}.add_bos_token", encoded.Length > 1 && encoded[0] == tokenizer.FoundBosId)
            .Add($"{Prefix}.add_eos_token", encoded.Length > 1 && encoded[^1] == tokenizer.FoundEosId);

        void AddId(string key, int? id)
        {
            // The id of a padding token may be larger than the model's vocabulary.
            if (id is { } found && found < size)
            {
                metadata.Add($"{Prefix}.{key}", (long)found);
            }
        }
    }
}
