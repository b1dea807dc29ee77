namespace LoNas.Export.Extraction;

/// <summary>What can load an extracted folder.</summary>
/// <param name="Obstacle">Why Transformers and what reads configurations as it does can't; null where they can.</param>
/// <param name="LlamaCpp">Whether llama.cpp can, once the folder is exported as GGUF.</param>
public sealed record LoadableBy(string? Obstacle, bool LlamaCpp)
{
    /// <summary>Whether it has the sizes that any tool expects of its family.</summary>
    public bool Anywhere => Obstacle is null;

    /// <summary>Which versions of Transformers, in parentheses; empty where all do.</summary>
    public string Limit { get; private init; } = "";

    /// <summary>What can load a model with these MLPs.</summary>
    /// <param name="model">The model, of whose family it is.</param>
    /// <param name="mlp">The written width of each layer's MLP.</param>
    internal static LoadableBy Of(MaskedModel model, IReadOnlyList<long> mlp)
    {
        var family = model.Folder.Family;
        return new LoadableBy(
            mlp.Distinct().Count() > 1 ? "its layers differ in width"
                : !family.HasMlpKey && mlp[0] != 4 * model.Folder.Config.HiddenSize
                    ? "its MLPs are not four times as wide as its hidden states"
                : null,
            family.LlamaCpp is not null)
        {
            Limit = CutWidths.Of(model).PrunedHeads.Any(pruned => pruned > 0)
                ? " (before version 5, which has left out pruned_heads)" : "",
        };
    }
}
