using LoNas.Errors;
using LoNas.Models;
using LoNas.Storage;

namespace LoNas.Elastic;

/// <summary>The size of a linear layer with its adapter, either at full size or as cut by a sub-adapter.</summary>
/// <param name="In">Input features.</param>
/// <param name="Out">Output features.</param>
/// <param name="Rank">The rank of the adapter; 0 if there is none.</param>
/// <param name="Bias">Whether the linear has a bias <c>[Out]</c>, which is cut together with the rows.</param>
/// <param name="Parts">Equal parts of the outputs, each of which is cut to its first features.</param>
public sealed record LinearShape(long In, long Out, int Rank, bool Bias = false, int Parts = 1)
{
    /// <summary>Output features of one part, which is what the width of a group counts.</summary>
    public long Width => Out / Parts;

    /// <summary>The order of all outputs where the features of every part are in this one.</summary>
    internal long[] OfParts(long[] order) =>
        [.. Enumerable.Range(0, Parts).SelectMany(part => order.Select(feature => (part * Width) + feature))];
}

/// <summary>Computes from sizes alone which linear layers of a model have an adapter.</summary>
public static class AdaptedLinears
{
    /// <summary>The full size of each linear by path. A null <paramref name="lora"/> means no adapters.</summary>
    public static IReadOnlyDictionary<string, LinearShape> Of(LinearLayout layout, LoraOptions? lora) =>
        layout.Linears.ToDictionary(linear => linear.Path, linear => new LinearShape(
            linear.In, linear.Out, lora?.Targets(linear.Path) == true ? lora.RankOf(linear.Path) : 0, linear.Bias,
            linear.Parts));

    /// <summary>
    /// The target names that no linear of the model has; for a pattern, the pattern itself if it matches nothing.
    /// </summary>
    public static IReadOnlyList<string> MissingTargets(IEnumerable<string> paths, LoraOptions lora)
    {
        var all = paths.ToArray();
        return lora.TargetIsPattern || lora.IsAllLinear
            ? (all.Any(Unlimited(lora).Targets) ? [] : lora.TargetModules)
            : [.. lora.TargetModules.Where(name => !all.Any(path => LoraTargets.IsNamed(path, name)))];
    }

    /// <summary>Checks that a model has every layer that a new adapter targets.</summary>
    /// <param name="paths">The paths of the model's linear layers.</param>
    /// <param name="lora">The adapter's options.</param>
    /// <param name="model">The name of the model in the message.</param>
    /// <exception cref="ArgumentException">
    /// Layers are missing; the message lists them and the layers that the model has.
    /// </exception>
    public static void RequireTargets(IEnumerable<string> paths, LoraOptions lora, string model)
    {
        var all = paths.ToArray();
        if (MissingTargets(all, lora) is { Count: > 0 } missing)
        {
            var names = all.Select(path => path[(path.LastIndexOf('.') + 1)..]).Distinct();
            throw new ArgumentException(
                $"The model '{model}' has no layers {string.Join(", ", missing)}, which the adapter is to target; "
                + PatternHint(all, lora)
                + $"its linear layers are {string.Join(", ", names)}; {LoraOptions.AllLinear} targets all but the head")
                .About(Setting.TargetModules);
        }

        RequireLayers(all, lora, model);
        if (!all.Any(lora.Targets) && lora.TargetModules.Count > 0)
        {
            throw new ArgumentException(
                $"No layer of the model '{model}' is left for the adapter: all that {Excerpt.Of(lora.TargetModules)} "
                + $"means is {string.Join(" or ", Limits(lora))}; leave some of it")
                .About(Setting.TargetModules, Setting.ExcludedModules);
        }
    }

    /// <summary>Numbers of layers that the model does not have are a mistake, though PEFT reads past them.</summary>
    private static void RequireLayers(string[] paths, LoraOptions lora, string model)
    {
        if (lora.LayersToTransform.Count > 0 && (lora.TargetIsPattern || lora.IsAllLinear))
        {
            throw new ArgumentException($"The adapter can't be made: {LoraTargets.OnlyNamesHaveLayers}")
                .About(Setting.AdaptedLayers, Setting.TargetModules);
        }

        int[] own = [.. paths.Select(path => LoraTargets.LayerOf(lora, path)).OfType<int>().Distinct().Order()];
        int[] missing = [.. lora.LayersToTransform.Except(own)];
        if (missing.Length > 0)
        {
            throw new ArgumentException(
                $"The model '{model}' has no layer {string.Join(", ", missing)}, which the adapter is to be in; its "
                + (own.Length == 0 ? "layers have no numbers" : $"layers are {own[0]} to {own[^1]}"))
                .About(Setting.AdaptedLayers);
        }
    }

    private static IEnumerable<string> Limits(LoraOptions lora) => new[]
    {
        lora.ExcludeModules.Count == 0 ? null : $"excluded ({Excerpt.Of(lora.ExcludeModules)})",
        lora.LayersToTransform.Count == 0 ? null : $"outside the layers {string.Join(", ", lora.LayersToTransform)}",
        lora.InFull.Any() ? $"trained in full ({Excerpt.Of([.. lora.InFull.Distinct()])})" : null,
    }.OfType<string>();

    private static LoraOptions Unlimited(LoraOptions lora) =>
        lora with { ExcludeModules = [], ModulesToSave = [], AdaptsModulesInFull = true };

    private static string PatternHint(string[] paths, LoraOptions lora)
    {
        if (!lora.TargetIsPattern || lora.IsAllLinear)
        {
            return "";
        }

        var wider = Unlimited(lora) with { TargetModules = [$".*({lora.TargetModules[0]})"] };
        return $"a pattern must match the whole path, such as {paths[0]}"
            + (paths.Any(wider.Targets) ? $", as '{wider.TargetModules[0]}' does; " : "; ");
    }
}
