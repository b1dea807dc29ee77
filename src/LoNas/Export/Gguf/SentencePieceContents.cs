using LoNas.Storage;
using LoNas.Text.SentencePiece;
using Microsoft.ML.Tokenizers;

namespace LoNas.Export.Gguf;

/// <summary>Reads tokenizer.model for GGUF: its pieces, scores and types go over as they are.</summary>
internal static class SentencePieceContents
{
    public static TokenizerContents Read(string path)
    {
        // The reader for encoding refuses what is no LLaMA-like model, in its own words.
        _ = SentencePieceReader.Read(path);
        var bytes = InputPath.Read(path, "tokenizer", File.ReadAllBytes);
        var entries = SentencePieceFile.Parse(bytes).Entries;
        using var stream = new MemoryStream(bytes);
        return new TokenizerContents
        {
            Model = "llama",
            Tokens = [.. entries.Select(entry => entry.Name)],
            Types = [.. entries.Select(entry => (int)entry.Type)],
            Scores = [.. entries.Select(entry => entry.Score)],
            AddsSpacePrefix = SentencePieceTokenizer.Create(stream, false, false).AddDummyPrefix,
        };
    }
}
