using LoNas.Elastic;
using LoNas.Models;

namespace LoNas.Export;

/// <summary>What an adapter must be for one model to hold it and its base.</summary>
internal static class MaskedModelCheck
{
    /// <summary>
    /// PEFT trains a copy of a tied embedding, and the head keeps the checkpoint's: no one matrix is both.
    /// </summary>
    /// <exception cref="InvalidDataException">The adapter trains the embedding of a tied model.</exception>
    public static void RequireOneEmbedding(SuperAdapter adapter, ModelFolder folder)
    {
        var embedding = adapter.Parameters.Select(entry => entry.Name).FirstOrDefault(
            name => name.EndsWith("embed_tokens.weight", StringComparison.Ordinal)
                || name.EndsWith("word_embeddings.weight", StringComparison.Ordinal));
        if (folder.Config.TieWordEmbeddings && embedding is not null)
        {
            throw new InvalidDataException(
                $"The adapter trains '{embedding}' in full, and the head of '{folder.Path}' shares the untrained matrix: one "
                + "model can't hold both; use PEFT, or a base that is not tied");
        }
    }
}
