using LoNas.Elastic;
using LoNas.Models;

namespace LoNas.Export;

/// <summary>What an adapter must be for one model to hold it and its base.</summary>
internal static class MaskedModelCheck
{
    /// <exception cref="InvalidDataException">The adapter is another model's, or trains what can't be merged.</exception>
    public static void Require(SuperAdapter adapter, ModelFolder folder)
    {
        RequireTargets(adapter, folder);
        RequireOneEmbedding(adapter, folder);
    }

    private static void RequireTargets(SuperAdapter adapter, ModelFolder folder)
    {
        if (adapter.Options is { } lora && AdaptedLinears.MissingTargets(adapter.Layers.Keys, lora) is { Count: > 0 } missing)
        {
            throw new InvalidDataException(
                $"The adapter targets {string.Join(", ", missing)}, which the model '{folder.Path}' does not have; use the "
                + "base that it was trained on");
        }
    }

    /// <summary>
    /// PEFT trains a copy of a tied embedding, and the head keeps the checkpoint's: no one matrix is both.
    /// </summary>
    private static void RequireOneEmbedding(SuperAdapter adapter, ModelFolder folder)
    {
        var embedding = $"{folder.Family.EmbeddingPath}.weight";
        if (folder.Config.TieWordEmbeddings && adapter.Parameters.Any(entry => entry.Name == embedding))
        {
            throw new InvalidDataException(
                $"The adapter trains '{embedding}' in full, and the head of '{folder.Path}' shares the untrained matrix: one "
                + "model can't hold both; use PEFT, or a base that is not tied");
        }
    }
}
