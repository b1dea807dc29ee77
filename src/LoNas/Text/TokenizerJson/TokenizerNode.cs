using System.Text.Json;
using LoNas.Storage;

namespace LoNas.Text.TokenizerJson;

/// <summary>A value of tokenizer.json with its path, so that errors can name both.</summary>
/// <param name="Element">The value.</param>
/// <param name="Path">Its path in the file, such as <c>model.merges[3]</c>.</param>
/// <param name="Origin">The file.</param>
internal readonly record struct TokenizerNode(JsonElement Element, string Path, string Origin)
{
    public bool IsText => Element.ValueKind == JsonValueKind.String;

    public bool IsNull => Element.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined;

    /// <summary>The value of a key; a null node if the key is missing.</summary>
    public TokenizerNode this[string key] => Element.ValueKind == JsonValueKind.Object
        ? new TokenizerNode(
            Element.TryGetProperty(key, out var value) ? value : default,
            Path.Length == 0 ? key : $"{Path}.{key}",
            Origin)
        : throw Unsupported("an object");

    public bool Has(string key) => !this[key].IsNull;

    public string AsText() => IsText ? Element.GetString()! : throw Unsupported("text");

    public int AsNumber() =>
        Element.ValueKind == JsonValueKind.Number && Element.TryGetInt32(out int number) && number >= 0
            ? number
            : throw Unsupported("a whole number from 0 on");

    public bool AsFlag() => Element.ValueKind is JsonValueKind.True or JsonValueKind.False
        ? Element.GetBoolean()
        : throw Unsupported("true or false");

    public string Text(string key, string missing) => Has(key) ? this[key].AsText() : missing;

    public bool Flag(string key, bool missing) => Has(key) ? this[key].AsFlag() : missing;

    /// <summary>The value of a key, which must be a single character.</summary>
    public char Symbol(string key) =>
        this[key].AsText() is [var symbol] ? symbol : throw this[key].Unsupported("a character");

    /// <summary>The elements of an array.</summary>
    public IEnumerable<TokenizerNode> Items()
    {
        var (path, origin) = (Path, Origin);
        return Element.ValueKind == JsonValueKind.Array
            ? Element.EnumerateArray().Select((item, index) => new TokenizerNode(item, $"{path}[{index}]", origin))
            : throw Unsupported("an array");
    }

    /// <summary>The id of the piece that a key names; null if the key is missing.</summary>
    public int? IdOf(string key, Dictionary<string, int> vocabulary) =>
        !Has(key) ? null
        : vocabulary.TryGetValue(this[key].AsText(), out int id) ? id
        : throw this[key].Unsupported("a piece of the vocabulary");

    /// <summary>Throws if a key has a value other than empty text or 0.</summary>
    public void RequireAbsent(params ReadOnlySpan<string> keys)
    {
        foreach (string key in keys)
        {
            var node = this[key];
            if (!node.IsNull && node.Element.GetRawText() is not ("\"\"" or "0" or "0.0"))
            {
                throw node.Unsupported("null");
            }
        }
    }

    /// <summary>The error for a value that is not supported.</summary>
    public InvalidDataException Unsupported(string expected)
    {
        var value = Element.ValueKind == JsonValueKind.Undefined ? "missing" : Excerpt.Of(Element);
        return new InvalidDataException(
            $"'{(Path.Length == 0 ? "the root" : Excerpt.Of(Path))}' in '{Origin}' is {value}, which is not supported; "
            + $"expected {expected}");
    }
}
