using LoNas.Errors;
using LoNas.Models;

namespace LoNas.Elastic;

/// <summary>The linear layers of a model with the adapters that some of them get, from sizes alone.</summary>
public static class AdaptedLinears
{
    /// <summary>The full size of every linear by path; <paramref name="lora"/> null means no adapters.</summary>
    public static IReadOnlyDictionary<string, LinearShape> Of(LinearLayout layout, LoraOptions? lora) =>
        layout.Linears.ToDictionary(linear => linear.Path, linear => new LinearShape(
            linear.In, linear.Out, lora?.Targets(linear.Path) == true ? lora.RankOf(linear.Path) : 0, linear.Bias));

    /// <summary>Target names that no linear of the model has; for a pattern, the pattern if it matches nothing.</summary>
    public static IReadOnlyList<string> MissingTargets(IEnumerable<string> paths, LoraOptions lora)
    {
        var all = paths.ToArray();
        return lora.TargetIsPattern
            ? (all.Any(lora.Targets) ? [] : lora.TargetModules)
            : [.. lora.TargetModules.Where(name => !all.Any(
                path => path == name || path.EndsWith($".{name}", StringComparison.Ordinal)))];
    }

    /// <summary>Checks that a model has every layer that a new adapter targets.</summary>
    /// <param name="paths">The paths of the model's linear layers.</param>
    /// <param name="lora">The adapter's options.</param>
    /// <param name="model">What the message calls the model.</param>
    /// <exception cref="ArgumentException">It lacks some; all are named, with those that it has.</exception>
    public static void RequireTargets(IEnumerable<string> paths, LoraOptions lora, string model)
    {
        var all = paths.ToArray();
        if (MissingTargets(all, lora) is { Count: > 0 } missing)
        {
            var names = all.Select(path => path[(path.LastIndexOf('.') + 1)..]).Distinct();
            throw new ArgumentException(
                $"The model '{model}' has no layers {string.Join(", ", missing)}, which the adapter is to target; its linear "
                + $"layers are {string.Join(", ", names)}")
                .About(Setting.TargetModules);
        }
    }
}
