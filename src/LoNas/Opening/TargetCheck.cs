using LoNas.Elastic;

namespace LoNas.Opening;

/// <summary>Holds the layers that an adapter names against a model, by the same rules for every use of it.</summary>
internal static class TargetCheck
{
    /// <exception cref="ArgumentException">A new adapter names layers that the model does not have.</exception>
    /// <exception cref="InvalidDataException">A trained adapter is another model's.</exception>
    public static void Require(ElasticModel model)
    {
        if (model.AdapterFolder is { } trained)
        {
            RequireTrained(model.Adapter, trained, model.Folder.Path);
        }
        else if (model.Adapter.Options is { } lora)
        {
            AdaptedLinears.RequireTargets(model.Adapter.Layers.Keys, lora, model.Folder.Path);
        }
    }

    /// <summary>
    /// Of a trained adapter one target must be there, as in PEFT, and every module that it trains in full.
    /// </summary>
    private static void RequireTrained(SuperAdapter adapter, string folder, string model)
    {
        if (!adapter.Layers.Keys.Any(adapter.Options!.Targets))
        {
            throw new InvalidDataException(
                $"The adapter '{folder}' targets {string.Join(", ", adapter.Options.TargetModules)}, none of which "
                + $"'{model}' has; use the model it was trained on");
        }

        if (adapter.MissingInFull is { Count: > 0 } missing)
        {
            throw new InvalidDataException(
                $"The adapter '{folder}' trains {string.Join(", ", missing)} in full, which '{model}' does not have "
                + "as modules of their own; a head that is tied to the embedding is none");
        }
    }
}
