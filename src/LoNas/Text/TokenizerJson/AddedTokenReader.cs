using System.Globalization;
using System.Text.Json;
using LoNas.Storage;

namespace LoNas.Text.TokenizerJson;

/// <summary>An added token and its place in the file, for messages.</summary>
/// <param name="Token">The token.</param>
/// <param name="Source">The entry it was read from.</param>
internal readonly record struct AddedTokenEntry(AddedToken Token, TokenizerNode Source)
{
    /// <summary>The error for an entry that does not fit.</summary>
    public InvalidDataException Wrong(string problem) => new(
        $"'{Excerpt.Of(Source.Path)}' in '{Source.Origin}' gives the id {Token.Id} to "
        + $"'{Excerpt.Of(Token.Content)}', {problem}");
}

/// <summary>
/// Reads the tokens that a folder adds to its <c>tokenizer.model</c> or <c>vocab.txt</c>: first
/// <c>added_tokens_decoder</c> in <c>tokenizer_config.json</c> (id to text and flags), then <c>added_tokens.json</c>
/// (text to id) for ids and texts that the first does not have.
/// </summary>
internal static class AddedTokenReader
{
    public const string DecoderKey = "added_tokens_decoder";

    private const string FileName = "added_tokens.json";

    /// <param name="folder">The folder.</param>
    /// <param name="decoder">The value of <see cref="DecoderKey"/>; a null node if it is missing.</param>
    /// <exception cref="InvalidDataException">An entry is not a token, or an id or a text occurs twice.</exception>
    public static IReadOnlyList<AddedTokenEntry> Read(string folder, TokenizerNode decoder)
    {
        var entries = decoder.IsNull ? [] : RequireDistinct(Members(decoder).Select(ReadToken));
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return entries;
        }

        var root = JsonInput.Load(path, "list of added tokens").RequireObject($"list of added tokens '{path}'");
        var ids = entries.Select(entry => entry.Token.Id).ToHashSet();
        var texts = entries.Select(entry => entry.Token.Content).ToHashSet();
        var rest = RequireDistinct(Members(new TokenizerNode(root, "", path)).Select(ReadId))
            .Where(entry => !ids.Contains(entry.Token.Id) && !texts.Contains(entry.Token.Content));
        return [.. entries, .. rest];
    }

    // added_tokens.json has no flags. Which tokens are special follows later, from the names in the configuration.
    private static AddedTokenEntry ReadId((string Key, TokenizerNode Value) member) => new(
        new AddedToken(member.Value.AsNumber(), member.Key, IsSpecial: false, IsNormalized: true), member.Value);

    private static AddedTokenEntry ReadToken((string Key, TokenizerNode Value) member)
    {
        var (key, token) = member;
        if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out int id))
        {
            throw new InvalidDataException(
                $"'{DecoderKey}' in '{token.Origin}' has the key '{Excerpt.Of(key)}'; "
                + "expected an id, a whole number from 0 on");
        }

        bool isSpecial = token.Flag("special", false);
        return new AddedTokenEntry(
            new AddedToken(
                id, token["content"].AsText(), isSpecial, token.Flag("single_word", false),
                token.Flag("lstrip", false), token.Flag("rstrip", false), token.Flag("normalized", !isSpecial)),
            token);
    }

    private static IEnumerable<(string Key, TokenizerNode Value)> Members(TokenizerNode node)
    {
        var (path, origin) = (node.Path, node.Origin);
        return node.Element.ValueKind == JsonValueKind.Object
            ? node.Element.EnumerateObject().Select(member => (
                member.Name, new TokenizerNode(member.Value, $"{path}['{Excerpt.Of(member.Name)}']", origin)))
            : throw node.Unsupported("an object of ids and tokens");
    }

    private static List<AddedTokenEntry> RequireDistinct(IEnumerable<AddedTokenEntry> entries)
    {
        var (list, ids, texts) = (new List<AddedTokenEntry>(), new HashSet<int>(), new HashSet<string>());
        foreach (var entry in entries)
        {
            if (!ids.Add(entry.Token.Id) || !texts.Add(entry.Token.Content))
            {
                throw entry.Wrong("but an entry before it has that id or that text; expected each once");
            }

            list.Add(entry);
        }

        return list;
    }
}
