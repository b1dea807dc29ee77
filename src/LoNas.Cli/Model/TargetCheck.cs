using LoNas.Elastic;

namespace LoNas.Cli.Model;

/// <summary>Holds the layers that an adapter names against a model.</summary>
internal static class TargetCheck
{
    /// <summary>Of a new adapter every target must be there.</summary>
    /// <exception cref="ArgumentException">A name is not the model's; all are named, with those it has.</exception>
    public static void Require(LoraOptions lora, IEnumerable<string> paths, string model)
    {
        var all = paths.ToArray();
        var missing = AdaptedLinears.MissingTargets(all, lora);
        if (missing.Count > 0)
        {
            var names = all.Select(path => path[(path.LastIndexOf('.') + 1)..]).Distinct();
            throw new ArgumentException(
                $"--target_modules names {string.Join(", ", missing)}, which '{model}' does not have; its linear "
                + $"layers are {string.Join(", ", names)}");
        }
    }

    /// <summary>Of a trained adapter one target must be there, as in PEFT, and every module that it trains in full.</summary>
    /// <exception cref="InvalidDataException">The adapter is another model's.</exception>
    public static void RequireTrained(SuperAdapter adapter, string folder, string model)
    {
        if (!adapter.Layers.Keys.Any(adapter.Options!.Targets))
        {
            throw new InvalidDataException(
                $"The adapter '{folder}' targets {string.Join(", ", adapter.Options.TargetModules)}, none of which '{model}' has; "
                + "use the model it was trained on");
        }

        if (adapter.MissingInFull is { Count: > 0 } missing)
        {
            throw new InvalidDataException(
                $"The adapter '{folder}' trains {string.Join(", ", missing)} in full, which '{model}' does not have as modules "
                + "of their own; a head that is tied to the embedding is none");
        }
    }
}
