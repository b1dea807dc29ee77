using LoNas.Storage;
using LoNas.Text.TokenizerJson;

namespace LoNas.Text;

/// <summary>
/// Adds a folder's added tokens to the pieces of its <c>tokenizer.model</c> or <c>vocab.txt</c>, after them or in place
/// of nameless ones.
/// </summary>
internal static class AddedVocabulary
{
    // Far more unused ids than any tokenizer has. Without a limit, one damaged id would allocate gigabytes.
    private const int MostUnusedIds = 1 << 16;

    /// <exception cref="InvalidDataException">
    /// An entry contradicts the vocabulary, or its id is far above all others.
    /// </exception>
    public static Vocabulary Extend(
        Vocabulary vocabulary, IReadOnlyList<AddedTokenEntry> entries, TokenizerSettings settings)
    {
        if (entries.Count == 0)
        {
            return vocabulary;
        }

        int count = vocabulary.Pieces.Count;
        RequireNear(count, entries);
        var pieces = new TokenPiece[Math.Max(count, entries.Max(entry => entry.Token.Id) + 1)];
        Array.Fill(pieces, new TokenPiece("", ""));
        vocabulary.Pieces.ToArray().CopyTo(pieces, 0);
        var ids = new Dictionary<string, int>(vocabulary.Ids);
        foreach (var entry in entries)
        {
            RequireAgreement(vocabulary, pieces[entry.Token.Id].Name, entry);
            ids.TryAdd(entry.Token.Content, entry.Token.Id);
            if (pieces[entry.Token.Id].Name.Length == 0)
            {
                pieces[entry.Token.Id] = new TokenPiece(entry.Token.Content, entry.Token.Content);
            }
        }

        var names = settings.Names.ToHashSet();
        AddedToken[] tokens = [.. entries.Select(entry => Complete(entry.Token, names, vocabulary.IsSlowLlama))];
        return vocabulary with
        {
            Pieces = pieces,
            Ids = ids,
            AddedTokens = tokens,
            LoneIds = tokens.Where(token => vocabulary.IsSlowLlama && (token.Id >= count || !token.IsSpecial))
                .Select(token => token.Id).ToHashSet(),
        };
    }

    // The slow LlamaTokenizer matches all added tokens at once, in the text before normalisation.
    private static AddedToken Complete(AddedToken token, HashSet<string> names, bool isSlowLlama)
    {
        bool isNamed = names.Contains(token.Content);
        return token with
        {
            IsSpecial = token.IsSpecial || isNamed,
            IsNormalized = token.IsNormalized && !isNamed && !isSlowLlama,
        };
    }

    private static void RequireNear(int count, IReadOnlyList<AddedTokenEntry> entries)
    {
        var last = entries.MaxBy(entry => entry.Token.Id);
        if (last.Token.Id >= (2L * (count + entries.Count)) + MostUnusedIds)
        {
            throw last.Wrong(
                $"far beyond the {count + entries.Count} tokens there are; expected ids without large gaps");
        }
    }

    private static void RequireAgreement(Vocabulary vocabulary, string known, AddedTokenEntry entry)
    {
        var content = entry.Token.Content;
        if (known.Length > 0 && known != content)
        {
            throw entry.Wrong(
                $"but in '{vocabulary.Origin}' it is the id of '{Excerpt.Of(known)}'; use files that belong together");
        }

        if (known.Length == 0 && vocabulary.Ids.TryGetValue(content, out int id))
        {
            throw entry.Wrong(
                $"but in '{vocabulary.Origin}' that text has the id {id}; use files that belong together");
        }
    }
}
