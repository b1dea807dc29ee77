using LoNas.Elastic;
using LoNas.Errors;
using LoNas.Storage;
using Microsoft.Extensions.Logging;

namespace LoNas.Opening;

/// <summary>Holds the layers that an adapter names against a model, by the same rules for every use of it.</summary>
internal static class TargetCheck
{
    /// <exception cref="ArgumentException">
    /// A new adapter names layers or modules that the model does not have.
    /// </exception>
    /// <exception cref="InvalidDataException">A trained adapter is another model's.</exception>
    public static void Require(ElasticModel model, ILogger logger)
    {
        if (model.AdapterFolder is { } trained)
        {
            RequireTrained(model, trained);
        }
        else if (model.Adapter.Options is { } lora)
        {
            AdaptedLinears.RequireTargets(model.Adapter.Layers.Keys, lora, model.Folder.Path);
            RequireInFull(model);
            TellOthers(model, lora, logger);
            TellUseless(model, lora, logger);
        }
    }

    private static void RequireInFull(ElasticModel model)
    {
        if (model.Adapter.MissingInFull is { Count: > 0 } missing)
        {
            string[] modules = [.. model.Parameters.Select(entry => entry.Name[..entry.Name.LastIndexOf('.')])
                .Where(path => !path.Contains(".layer.", StringComparison.Ordinal)
                    && !path.Contains(".layers.", StringComparison.Ordinal)
                    && !path.Contains(".h.", StringComparison.Ordinal)
                    && !path.Contains("lora_", StringComparison.Ordinal)).Distinct()];
            throw new ArgumentException(
                $"The model '{model.Folder.Path}' has no module that ends with {string.Join(" or ", missing)}, to be "
                + $"trained in full; outside its layers it has {string.Join(", ", modules)}")
                .About(Setting.ModulesInFull);
        }
    }

    /// <summary>PEFT would adapt an embedding that a pattern matches, and refuse a norm.</summary>
    private static void TellOthers(ElasticModel model, LoraOptions lora, ILogger logger)
    {
        if (!lora.TargetIsPattern || lora.IsAllLinear)
        {
            return;
        }

        string[] others = [.. Modules(model)
            .Where(path => !model.Adapter.Layers.ContainsKey(path) && lora.Targets(path))
            .Select(path => path[(path.LastIndexOf('.') + 1)..]).Distinct()];
        if (others.Length > 0)
        {
            logger.Warn(
                $"the pattern '{Excerpt.Of(lora.TargetModules[0])}' also matches {Excerpt.Of(others)}: only linear "
                + "layers get an adapter, and it is saved with their names",
                Setting.TargetModules);
        }
    }

    /// <summary>The name of a block of layers excludes none of them, which PEFT does not tell.</summary>
    private static void TellUseless(ElasticModel model, LoraOptions lora, ILogger logger)
    {
        // A head that is tied is no module here, and one in PEFT.
        string[] modules = [.. model.Adapter.Layers.Keys, .. Modules(model), model.Folder.Family.HeadPath];
        string[] useless = [.. lora.ExcludeModules
            .Where(name => !modules.Any(path => LoraTargets.Excludes(lora, name, path)))];
        if (useless.Length > 0)
        {
            logger.Warn(
                $"{Excerpt.Of(useless)} excludes no layer: what is excluded is matched "
                + (lora.ExcludeIsPattern ? "against" : "at the end of")
                + $" the whole path of a layer, such as {model.Adapter.Layers.Keys.First()}",
                Setting.ExcludedModules);
        }
    }

    /// <summary>The paths of what has weights, without adapters.</summary>
    private static IEnumerable<string> Modules(ElasticModel model) => model.Parameters
        .Select(entry => entry.Name[..entry.Name.LastIndexOf('.')]).Distinct()
        .Where(path => !path.EndsWith(".lora_A", StringComparison.Ordinal)
            && !path.EndsWith(".lora_B", StringComparison.Ordinal));

    /// <summary>
    /// Of a trained adapter one target must be there, as in PEFT, and every module that it trains in full.
    /// </summary>
    private static void RequireTrained(ElasticModel model, string folder)
    {
        var adapter = model.Adapter;
        var options = adapter.Options!;
        if (!adapter.Layers.Keys.Any(options.Targets)
            && !LoraTargets.HasEmbedding(options, model.Folder.Family.EmbeddingPath))
        {
            throw new InvalidDataException(
                $"The adapter '{folder}' targets {string.Join(", ", options.TargetModules)}, none of which "
                + $"'{model.Folder.Path}' has"
                + (options.ExcludeModules.Count + options.LayersToTransform.Count == 0 ? ""
                    : " within 'layers_to_transform' and without 'exclude_modules'")
                + "; use the model it was trained on");
        }

        if (adapter.MissingInFull is { Count: > 0 } missing)
        {
            throw new InvalidDataException(
                $"The adapter '{folder}' trains {string.Join(", ", missing)} in full, which '{model.Folder.Path}' does "
                + "not have as modules of their own; a head that is tied to the embedding is none");
        }
    }
}
