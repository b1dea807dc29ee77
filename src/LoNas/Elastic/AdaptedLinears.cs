using LoNas.Models;

namespace LoNas.Elastic;

/// <summary>The size of one linear with its adapter: the full one, or the active part of it.</summary>
/// <param name="In">Input features.</param>
/// <param name="Out">Output features.</param>
/// <param name="Rank">The adapter's rank; 0 where the linear has none.</param>
/// <param name="Bias">Whether it has a bias <c>[Out]</c>, which is cut with its rows.</param>
public sealed record LinearShape(long In, long Out, int Rank, bool Bias = false);

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
}
