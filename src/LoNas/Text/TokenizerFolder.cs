using LoNas.Storage;
using LoNas.Text.SentencePiece;
using LoNas.Text.TokenizerJson;
using LoNas.Text.WordPiece;

namespace LoNas.Text;

/// <summary>
/// Finds and reads the tokenizer of a Hugging Face folder; if there are several files, the first in
/// <see cref="Files"/>.
/// </summary>
internal static class TokenizerFolder
{
    /// <summary>The files that each hold a whole tokenizer, in the order in which they are looked for.</summary>
    public static IReadOnlyList<string> Files { get; } =
        [SentencePieceReader.FileName, TokenizerJsonReader.FileName, WordPieceReader.FileName];

    /// <exception cref="InvalidDataException">
    /// The folder or the tokenizer is missing, or a file is malformed.
    /// </exception>
    public static TextTokenizer Load(string folder, Func<Vocabulary, TokenizerSettings, TextTokenizer> create)
    {
        InputPath.RequireFolder(folder, "model");
        var (vocabulary, settings) = Read(folder, TokenizerSettings.Load(folder));
        return create(vocabulary, settings);
    }

    private static (Vocabulary Vocabulary, TokenizerSettings Settings) Read(string folder, TokenizerSettings settings)
    {
        // The SentencePiece file comes first: it gives the ids of the slow LlamaTokenizer, on which LLaMA's published
        // results are based.
        var path = Path.Combine(folder, SentencePieceReader.FileName);
        if (File.Exists(path))
        {
            settings = settings.WithLlamaDefaults();
            var added = AddedTokenReader.Read(folder, settings.AddedTokens);
            var pieces = SentencePieceReader.Read(path, settings.IsLegacy);
            return (AddedVocabulary.Extend(pieces, added, settings), settings);
        }

        path = Path.Combine(folder, TokenizerJsonReader.FileName);
        if (File.Exists(path))
        {
            return (TokenizerJsonReader.Read(path), settings);
        }

        path = Path.Combine(folder, WordPieceReader.FileName);
        if (File.Exists(path))
        {
            settings = settings.WithBertDefaults();
            var added = AddedTokenReader.Read(folder, settings.AddedTokens);
            return (AddedVocabulary.Extend(WordPieceReader.Read(path, settings, added), added, settings), settings);
        }

        throw new InvalidDataException(
            $"The model folder '{folder}' has no tokenizer: expected '{SentencePieceReader.FileName}' (SentencePiece), "
            + $"'{TokenizerJsonReader.FileName}' or '{WordPieceReader.FileName}' (WordPiece); "
            + "copy it from the model's original folder");
    }
}
