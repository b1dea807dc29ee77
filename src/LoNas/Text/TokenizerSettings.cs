using LoNas.Text.TokenizerJson;

namespace LoNas.Text;

/// <summary>
/// The settings in <c>tokenizer_config.json</c> and, for keys missing there, in <c>special_tokens_map.json</c>. Both
/// files are optional; a setting that neither has is null or the default.
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

    /// <summary>The list of added tokens. Not used with tokenizer.json, which has its own list.</summary>
    public TokenizerNode AddedTokens { get; init; }

    /// <summary>Whether BOS begins a sequence; null if the kind of tokenizer decides.</summary>
    public bool? AddBos { get; init; }

    /// <summary>Whether EOS ends a sequence; null if the kind of tokenizer decides.</summary>
    public bool? AddEos { get; init; }

    /// <summary>Whether the configuration names one of LLaMA's tokenizer classes.</summary>
    public bool IsLlama { get; init; }

    /// <summary>
    /// For a tokenizer.model: whether a text after an added token gets a space in front; as in Transformers 4.31 true
    /// by default.
    /// </summary>
    public bool IsLegacy { get; init; } = true;

    /// <summary>For a vocab.txt: whether text is lowercased (true by default).</summary>
    public bool LowersCase { get; init; } = true;

    /// <summary>
    /// For a vocab.txt: whether accents are removed; null means the same as <see cref="LowersCase"/>.
    /// </summary>
    public bool? StripsAccents { get; init; }

    /// <summary>For a vocab.txt: whether each Chinese character is a word of its own (true by default).</summary>
    public bool SeparatesChinese { get; init; } = true;

    /// <summary>The names of all special tokens.</summary>
    public IEnumerable<string> Names =>
        new[] { BosToken, EosToken, UnkToken, PadToken, ClsToken, SepToken, MaskToken }.OfType<string>()
            .Concat(AdditionalTokens);

    /// <exception cref="InvalidDataException">A file is not a JSON object, or a value has the wrong type.</exception>
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
            IsLegacy = keys.Flag("legacy") ?? true,
            LowersCase = keys.Flag("do_lower_case") ?? true,
            StripsAccents = keys.Flag("strip_accents"),
            SeparatesChinese = keys.Flag("tokenize_chinese_chars") ?? true,
        };
    }

    /// <summary>The settings with LlamaTokenizer's defaults filled in; it has no default padding token.</summary>
    public TokenizerSettings WithLlamaDefaults() => this with
    {
        BosToken = BosToken ?? "<s>",
        EosToken = EosToken ?? "</s>",
        UnkToken = UnkToken ?? "<unk>",
    };

    /// <summary>The settings with BertTokenizer's defaults filled in.</summary>
    public TokenizerSettings WithBertDefaults() => this with
    {
        UnkToken = UnkToken ?? "[UNK]",
        PadToken = PadToken ?? "[PAD]",
        ClsToken = ClsToken ?? "[CLS]",
        SepToken = SepToken ?? "[SEP]",
        MaskToken = MaskToken ?? "[MASK]",
    };
}
