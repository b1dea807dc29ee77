using System.Globalization;
using LoNas.Files;
using Microsoft.ML.Tokenizers;

namespace LoNas.Text;

/// <summary>Reads <c>tokenizer.model</c>, a SentencePiece model with byte fallback as LLaMA has it.</summary>
internal static class SentencePieceReader
{
    public const string FileName = "tokenizer.model";

    private const char SpaceSymbol = '▁';

    /// <exception cref="InvalidDataException">The file is missing, unreadable or no SentencePiece model.</exception>
    public static Vocabulary Read(string path)
    {
        var model = InputPath.Read(path, "tokenizer", Open);
        var pieces = new TokenPiece[model.Vocabulary.Count];
        foreach (var (name, id) in model.Vocabulary)
        {
            if (id < 0 || id >= pieces.Length)
            {
                throw new InvalidDataException(
                    $"The tokenizer '{path}' names a piece twice ({pieces.Length} names, but '{name}' has id {id}); "
                    + "expected a SentencePiece model with unique pieces");
            }

            pieces[id] = ToPiece(name, id, model);
        }

        return new Vocabulary
        {
            Pieces = pieces,
            Ids = model.Vocabulary,
            Encode = text => model.EncodeToIds(text, addBeginningOfSentence: false, addEndOfSentence: false),
            HasDummyPrefix = model.AddDummyPrefix,
            Origin = path,
        };
    }

    private static SentencePieceTokenizer Open(string path)
    {
        using var stream = File.OpenRead(path);
        try
        {
            return SentencePieceTokenizer.Create(stream, addBeginningOfSentence: false, addEndOfSentence: false);
        }
        // The package has no one exception for a file it can't parse: protobuf, argument and index errors all occur.
        catch (Exception error) when (error is not (IOException or UnauthorizedAccessException or OutOfMemoryException)
            || error is InvalidDataException)
        {
            throw new InvalidDataException(
                $"The tokenizer '{path}' is no SentencePiece model ({error.Message}); "
                + "expected the tokenizer.model of a LLaMA checkpoint, whole", error);
        }
    }

    private static TokenPiece ToPiece(string name, int id, SentencePieceTokenizer model)
    {
        if (model.ByteFallback && name is ['<', '0', 'x', _, _, '>']
            && byte.TryParse(name.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value))
        {
            return new TokenPiece(name, "", value);
        }

        // SentencePiece decodes its control pieces to nothing; TextTokenizer writes the special ones by name.
        bool isControl = id == model.BeginningOfSentenceId || id == model.EndOfSentenceId || id == model.UnknownId;
        return new TokenPiece(name, isControl ? "" : name.Replace(SpaceSymbol, ' '));
    }
}
