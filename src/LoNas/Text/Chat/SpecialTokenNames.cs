using LoNas.Text.Jinja;

namespace LoNas.Text.Chat;

/// <summary>The special tokens of a model as the variables that Transformers gives a template.</summary>
internal static class SpecialTokenNames
{
    /// <summary>By name; a token that the model has not is missing.</summary>
    /// <exception cref="InvalidDataException">A file of the tokenizer is damaged.</exception>
    public static Dictionary<string, object?> Of(string folder)
    {
        var settings = TokenizerSettings.Load(folder);
        settings = File.Exists(Path.Combine(folder, TokenizerFolder.Files[0])) ? settings.WithLlamaDefaults()
            : TokenizerFolder.Files.Select(file => Path.Combine(folder, file)).FirstOrDefault(File.Exists) is { } found
                && found == Path.Combine(folder, TokenizerFolder.Files[2]) ? settings.WithBertDefaults()
            : settings;
        var tokens = new Dictionary<string, object?>
        {
            ["bos_token"] = settings.BosToken,
            ["eos_token"] = settings.EosToken,
            ["unk_token"] = settings.UnkToken,
            ["sep_token"] = settings.SepToken,
            ["pad_token"] = settings.PadToken,
            ["cls_token"] = settings.ClsToken,
            ["mask_token"] = settings.MaskToken,
            ["additional_special_tokens"] = settings.AdditionalTokens.Count == 0
                ? null : new PyList([.. settings.AdditionalTokens]),
        };
        return tokens.Where(token => token.Value is not null).ToDictionary(token => token.Key, token => token.Value);
    }
}
