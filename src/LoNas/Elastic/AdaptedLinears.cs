using LoNas.Models;

namespace LoNas.Elastic;

/// <summary>The size of a linear layer with its adapter, either at full size or as cut by a sub-adapter.</summary>
/// <param name="In">Input features.</param>
/// <param name="Out">Output features.</param>
/// <param name="Rank">The rank of the adapter; 0 if there is none.</param>
/// <param name="Bias">Whether the linear has a bias <c>[Out]</c>, which is cut together with the rows.</param>
public sealed record LinearShape(long In, long Out, int Rank, bool Bias = false);

/// <summary>Computes from sizes alone which linear layers of a model have an adapter.</summary>
public static class AdaptedLinears
{
    /// <summary>The full size of each linear by path. A null <paramref name="lora"/> means no adapters.</summary>
    public static IReadOnlyDictionary<string, LinearShape> Of(LinearLayout layout, LoraOptions? lora) =>
        layout.Linears.ToDictionary(linear => linear.Path, linear => new LinearShape(
            linear.In, linear.Out, lora?.Targets(linear.Path) == true ? lora.RankOf(linear.Path) : 0, linear.Bias));

    /// <summary>
    /// The target names that no linear of the model has; for a pattern, the pattern itself if it matches nothing.
    /// </summary>
    public static IReadOnlyList<string> MissingTargets(IEnumerable<string> paths, LoraOptions lora)
    {
        var all = paths.ToArray();
        return lora.TargetIsPattern
            ? (all.Any(lora.Targets) ? [] : lora.TargetModules)
            : [.. lora.TargetModules.Where(name => !all.Any(
                path => path == name || path.EndsWith($".{name}", StringComparison.Ordinal)))];
    }
}
