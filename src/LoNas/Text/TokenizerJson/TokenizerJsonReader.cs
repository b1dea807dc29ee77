using System.Text.Json;
using LoNas.Storage;
using LoNas.Text.Bpe;
using LoNas.Text.WordPiece;

namespace LoNas.Text.TokenizerJson;

/// <summary>
/// Reads <c>tokenizer.json</c>, which describes a whole tokenizer: added tokens, normalizer, pre-tokenizer, model,
/// post-processor, decoder. A setting that this library does not implement is an error that names key and value.
/// </summary>
internal static class TokenizerJsonReader
{
    public const string FileName = "tokenizer.json";

    // Far more unused ids than any tokenizer has. Without a limit, one damaged id would allocate gigabytes.
    private const int MostUnusedIds = 1 << 16;

    /// <exception cref="InvalidDataException">The file is missing, unreadable, invalid or not supported.</exception>
    public static Vocabulary Read(string path)
    {
        var element = JsonInput.Load(path, "tokenizer").RequireObject($"tokenizer '{path}'");
        var root = new TokenizerNode(element, "", path);
        var ids = ReadVocabulary(root["model"]["vocab"]);
        var split = PreTokenizerReader.Read(root["pre_tokenizer"]);
        var encode = ReadModel(root["model"], ids);
        var added = root.Has("added_tokens") ? ReadAddedTokens(root["added_tokens"], ids) : [];
        var all = new Dictionary<string, int>(ids);
        added.ForEach(token => all.TryAdd(token.Content, token.Id));
        return new Vocabulary
        {
            Pieces = ReadPieces(root, all),
            Ids = all,
            Normalize = NormalizerReader.Read(root["normalizer"]),
            Encode = (text, isFirst) =>
                [.. split(text, isFirst).Where(part => part.Length > 0).SelectMany(encode)],
            AddedTokens = added,
            Template = ReadTemplate(root["post_processor"], all),
            NewDecoder = DecoderReader.Read(root["decoder"]),
            Origin = path,
        };
    }

    private static Dictionary<string, int> ReadVocabulary(TokenizerNode node)
    {
        if (node.Element.ValueKind != JsonValueKind.Object)
        {
            throw node.Unsupported("an object of pieces and their ids");
        }

        int count = node.Element.GetPropertyCount();
        var ids = new Dictionary<string, int>(count);
        var names = new Dictionary<int, string>(count);
        foreach (var entry in node.Element.EnumerateObject())
        {
            if (entry.Value.ValueKind != JsonValueKind.Number || !entry.Value.TryGetInt32(out int id) || id < 0)
            {
                var wrong = node with { Element = entry.Value, Path = $"{node.Path}['{entry.Name}']" };
                throw wrong.Unsupported("a whole number from 0 on");
            }

            ids[entry.Name] = id;
            if (!names.TryAdd(id, entry.Name) && names[id] != entry.Name)
            {
                throw new InvalidDataException(
                    $"'{node.Path}' in '{node.Origin}' gives id {id} to '{Excerpt.Of(names[id])}' and to "
                    + $"'{Excerpt.Of(entry.Name)}'; expected an id for each piece");
            }
        }

        return ids.Count > 0 ? ids : throw node.Unsupported("at least one piece");
    }

    private static Func<string, IReadOnlyList<int>> ReadModel(TokenizerNode model, Dictionary<string, int> ids) =>
        model.Text("type", model.Has("merges") ? "BPE" : "WordPiece") switch
        {
            "BPE" => BpeModel.Read(model, ids),
            "WordPiece" => WordPieceModel.Read(model, ids).Encode,
            _ => throw model["type"].Unsupported("BPE or WordPiece"),
        };

    private static List<AddedToken> ReadAddedTokens(TokenizerNode tokens, Dictionary<string, int> ids)
    {
        var added = new List<AddedToken>();
        foreach (var token in tokens.Items())
        {
            var content = token["content"].AsText();
            int id = token["id"].AsNumber();
            if (ids.TryGetValue(content, out int known) && known != id)
            {
                throw token["id"].Unsupported($"{known}, the id of '{Excerpt.Of(content)}' in the vocabulary");
            }

            bool isSpecial = token.Flag("special", false);
            added.Add(new AddedToken(
                id, content, isSpecial, token.Flag("single_word", false), token.Flag("lstrip", false),
                token.Flag("rstrip", false), token.Flag("normalized", !isSpecial)));
        }

        return added;
    }

    private static TokenPiece[] ReadPieces(TokenizerNode root, Dictionary<string, int> ids)
    {
        int last = ids.Values.Max();
        if (last >= (2L * ids.Count) + MostUnusedIds)
        {
            throw new InvalidDataException(
                $"The tokenizer '{root.Origin}' has {ids.Count} pieces but the id {last}; "
                + "expected ids without large gaps");
        }

        var pieces = new TokenPiece[last + 1];
        Array.Fill(pieces, new TokenPiece("", ""));
        foreach (var (name, id) in ids)
        {
            pieces[id] = new TokenPiece(name, name);
        }

        return pieces;
    }

    private static SequenceTemplate ReadTemplate(TokenizerNode node, Dictionary<string, int> ids)
    {
        var template = PostProcessorReader.Read(node, ids);
        var known = ids.Values.ToHashSet();
        return template.Single.Concat(template.Pair).All(part => part.Id is not { } id || known.Contains(id))
            ? template
            : throw node.Unsupported("special tokens whose ids the vocabulary has");
    }
}
