using LoNas.Models;

namespace LoNas.Adapters;

/// <summary>The linear layers of a model with the adapters that some of them get, from sizes alone.</summary>
public static class AdaptedLinears
{
    /// <summary>The full size of every linear by path; <paramref name="lora"/> null means no adapters.</summary>
    public static IReadOnlyDictionary<string, LinearShape> Of(LinearLayout layout, LoraOptions? lora) =>
        layout.Linears.ToDictionary(linear => linear.Path, linear => new LinearShape(
            linear.In, linear.Out, lora?.Targets(linear.Path) == true ? lora.RankOf(linear.Path) : 0, linear.Bias));

    /// <summary>
    /// Names of the linears that a configuration's adapters are on, as far as it tells: those in its groups, and those of
    /// the family that no group ever holds since they are cut on their input side only. Empty if it cuts no adapter.
    /// </summary>
    public static IReadOnlyList<string> TargetsFor(NncfConfiguration configuration, LinearLayout layout)
    {
        var family = ElasticFamily.Of(layout.Config.ModelType);
        var inGroups = configuration.Groups.SelectMany(group => group.Members)
            .Where(member => member.Part != AdapterPart.Base)
            .Select(member => member.ModulePath[(member.ModulePath.LastIndexOf('.') + 1)..]).ToHashSet();
        return inGroups.Count == 0 ? [] :
        [
            .. family.Targets.Where(name => inGroups.Contains(name)
                || !family.Groups.Any(group => group.Linears.Contains(name))),
            .. inGroups.Except(family.Targets),
        ];
    }

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
