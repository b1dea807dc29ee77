using LoNas.Text.TokenizerJson;

namespace LoNas.Text;

/// <summary>
/// What <c>tokenizer_config.json</c> says, completed by <c>special_tokens_map.json</c>; both files may be missing, and
/// what neither names is null or the default.
/// </summary>
internal sealed record TokenizerSettings
{
    public string? BosToken { get; init; }

    public string? EosToken { get; init; }

    public string? UnkToken { get; init; }

    public string? PadToken { get; init; }

    public string? ClsToken { get; init; }

    public string? SepToken { get; init; }

    public string? MaskToken { get; init; }

    public IReadOnlyList<string> AdditionalTokens { get; init; } = [];

    /// <summary>The list of added tokens; tokenizer.json has its own.</summary>
    public TokenizerNode AddedTokens { get; init; }

    /// <summary>Null leaves it to the tokenizer's kind.</summary>
    public bool? AddBos { get; init; }

    /// <summary>Null leaves it to the tokenizer's kind.</summary>
    public bool? AddEos { get; init; }

    /// <summary>Whether the configuration names one of LLaMA's tokenizer classes.</summary>
    public bool IsLlama { get; init; }

    /// <summary>Of a vocab.txt: whether letters become small (the default).</summary>
    public bool LowersCase { get; init; } = true;

    /// <summary>Of a vocab.txt: whether accents go; null where <see cref="LowersCase"/> decides.</summary>
    public bool? StripsAccents { get; init; }

    /// <summary>Of a vocab.txt: whether Chinese characters are words (the default).</summary>
    public bool SeparatesChinese { get; init; } = true;

    /// <summary>Every name there is.</summary>
    public IEnumerable<string> Names =>
        new[] { BosToken, EosToken, UnkToken, PadToken, ClsToken, SepToken, MaskToken }.OfType<string>()
            .Concat(AdditionalTokens);

    /// <exception cref="InvalidDataException">A file is no JSON object, or a value has the wrong type.</exception>
    public static TokenizerSettings Load(string folder)
    {
        var keys = SettingKeys.Load(folder);
        return new TokenizerSettings
        {
            BosToken = keys.Name("bos_token"),
            EosToken = keys.Name("eos_token"),
            UnkToken = keys.Name("unk_token"),
            PadToken = keys.Name("pad_token"),
            ClsToken = keys.Name("cls_token"),
            SepToken = keys.Name("sep_token"),
            MaskToken = keys.Name("mask_token"),
            AdditionalTokens = keys.Names("additional_special_tokens"),
            AddedTokens = keys.Node(AddedTokenReader.DecoderKey),
            AddBos = keys.Flag("add_bos_token"),
            AddEos = keys.Flag("add_eos_token"),
            IsLlama = keys.Name("tokenizer_class") is { } name
                && (name.StartsWith("LlamaTokenizer", StringComparison.Ordinal)
                    || name.StartsWith("CodeLlamaTokenizer", StringComparison.Ordinal)),
            LowersCase = keys.Flag("do_lower_case") ?? true,
            StripsAccents = keys.Flag("strip_accents"),
            SeparatesChinese = keys.Flag("tokenize_chinese_chars") ?? true,
        };
    }

    /// <summary>Completed by what LlamaTokenizer takes for granted: it has no padding token of its own.</summary>
    public TokenizerSettings WithLlamaDefaults() => this with
    {
        BosToken = BosToken ?? "<s>",
        EosToken = EosToken ?? "</s>",
        UnkToken = UnkToken ?? "<unk>",
    };

    /// <summary>Completed by what BertTokenizer takes for granted.</summary>
    public TokenizerSettings WithBertDefaults() => this with
    {
        UnkToken = UnkToken ?? "[UNK]",
        PadToken = PadToken ?? "[PAD]",
        ClsToken = ClsToken ?? "[CLS]",
        SepToken = SepToken ?? "[SEP]",
        MaskToken = MaskToken ?? "[MASK]",
    };
}
