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
        var embedding = $"{folder.Family.EmbeddingPath}.weight";
        if (folder.Config.TieWordEmbeddings && (adapter.Changes.Embedding is not null
            || adapter.Parameters.Any(entry => entry.Name == embedding)))
        {
            throw new InvalidDataException(
                $"The adapter changes '{embedding}' alone, and the head of '{folder.Path}' shares the untrained "
                + "matrix: one model can't hold both; use PEFT, or a base that is not tied");
        }
    }
}
