using System.Globalization;
using LoNas.Runtime;
using LoNas.Storage;
using LoNas.Text.Bpe;
using Microsoft.ML.Tokenizers;

namespace LoNas.Text.SentencePiece;

/// <summary>
/// Reads <c>tokenizer.model</c>, a SentencePiece BPE model like LLaMA's. Microsoft.ML.Tokenizers checks the file and
/// normalises text; <see cref="BpeMerger"/> does the merging.
/// </summary>
internal static class SentencePieceReader
{
    public const string FileName = "tokenizer.model";

    /// <param name="path">The file.</param>
    /// <param name="isLegacy">Whether text after an added token gets a space in front, as text at the start.</param>
    /// <exception cref="InvalidDataException">The file is missing, unreadable or not a SentencePiece BPE
    /// model.</exception>
    /// <exception cref="InvalidOperationException">Google.Protobuf, which parses the file, is missing or too
    /// old.</exception>
    public static Vocabulary Read(string path, bool isLegacy = true)
    {
        // Said here: below, whatever fails is taken for the file's fault.
        if (RequiredAssembly.Problem("Google.Protobuf", allowsNewer: true) is { } problem)
        {
            throw new InvalidOperationException(problem);
        }

        var (model, file) = InputPath.Read(path, "tokenizer", Open);
        RequireLlamaKind(path, file);
        var entries = file.Entries;
        var names = new Dictionary<string, int>();
        var mergeable = new Dictionary<string, int>();
        foreach (var (id, entry) in entries.Index())
        {
            names.TryAdd(entry.Name, id);
            if (entry.Type == SentencePieceType.Normal)
            {
                mergeable.TryAdd(entry.Name, id);
            }
        }

        var pieces = entries.Select(ToPiece).ToArray();
        var merger = new BpeMerger(
            mergeable, RankByScore(mergeable, entries), ByteIds(path, pieces, model), model.UnknownId);
        var encoder = new PieceEncoder(
            merger, text => model.Normalizer?.Normalize(text) ?? text, [.. entries.Select(entry => entry.Name)], names,
            isLegacy);
        return new Vocabulary
        {
            Pieces = pieces,
            Ids = names,
            Encode = encoder.Encode,
            NewDecoder = () => new PieceDecoder(model.AddDummyPrefix),
            IsSlowLlama = true,
            Origin = path,
        };
    }

    // A pair merges if its joined text is a piece; the piece with the higher score is made first.
    private static PairRank RankByScore(Dictionary<string, int> ids, IReadOnlyList<SentencePieceEntry> entries)
    {
        var lookup = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        return (joined, _) => lookup.TryGetValue(joined, out int id) ? -entries[id].Score : null;
    }

    private static (SentencePieceTokenizer Model, SentencePieceFile File) Open(string path)
    {
        var bytes = File.ReadAllBytes(path);
        try
        {
            using var stream = new MemoryStream(bytes);
            var model = SentencePieceTokenizer.Create(stream, addBeginningOfSentence: false, addEndOfSentence: false);
            return (model, SentencePieceFile.Parse(bytes));
        }
        // The package throws no single exception for a file it can't parse: protobuf, argument and index errors all
        // occur.
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            throw new InvalidDataException(
                $"The tokenizer '{path}' is no SentencePiece model, or not a whole one ({bytes.Length} bytes); "
                + "expected the tokenizer.model of a LLaMA checkpoint, as it is there", error);
        }
    }

    // User-defined pieces are matched before merging, and unused ones are split again. LLaMA has neither, and ignoring
    // them would give wrong ids, so such models are refused.
    private static void RequireLlamaKind(string path, SentencePieceFile file)
    {
        if (!file.IsBpe)
        {
            throw new InvalidDataException(
                $"The tokenizer '{path}' is a SentencePiece model of another kind than BPE; "
                + "expected one as LLaMA has it");
        }

        var strange = file.Entries.FirstOrDefault(
            entry => entry.Type is SentencePieceType.UserDefined or SentencePieceType.Unused);
        if (strange.Name is not null)
        {
            throw new InvalidDataException(
                $"The tokenizer '{path}' has the piece '{Excerpt.Of(strange.Name)}' of type {strange.Type}, "
                + "which is not supported; expected normal, unknown, control and byte pieces, as in LLaMA");
        }
    }

    private static TokenPiece ToPiece(SentencePieceEntry entry) => entry.Type switch
    {
        SentencePieceType.Byte => new TokenPiece(entry.Name, "", ByteOf(entry.Name)),
        // SentencePiece decodes control pieces to nothing and an unknown piece to " ⁇ ".
        SentencePieceType.Control => new TokenPiece(entry.Name, ""),
        SentencePieceType.Unknown => new TokenPiece(entry.Name, " ⁇ "),
        _ => new TokenPiece(entry.Name, entry.Name.Replace(PieceEncoder.SpaceSymbol, ' ')),
    };

    private static int[] ByteIds(string path, TokenPiece[] pieces, SentencePieceTokenizer model)
    {
        if (!model.ByteFallback)
        {
            return [];
        }

        var ids = new int[256];
        Array.Fill(ids, -1);
        foreach (var (id, piece) in pieces.Index().Where(item => item.Item.Byte >= 0))
        {
            ids[piece.Byte] = id;
        }

        int missing = Array.IndexOf(ids, -1);
        return missing < 0
            ? ids
            : throw new InvalidDataException(
                $"The tokenizer '{path}' has byte fallback but no piece '<0x{missing:X2}>'; expected all 256 bytes");
    }

    private static int ByteOf(string name) =>
        name is ['<', '0', 'x', _, _, '>'] && byte.TryParse(
            name.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value)
            ? value
            : throw new InvalidDataException(
                $"The tokenizer's byte piece '{Excerpt.Of(name)}' is not named as '<0x0A>' is");
}
