using System.Globalization;
using LoNas.Cli.Flags;
using LoNas.Cli.Options;
using LoNas.Elastic;

namespace LoNas.Cli.Train;

/// <summary>
/// A trained adapter as the start of a training: its rank, alpha and layers are its own, and what is given besides must
/// agree. Dropout is no shape, and may be given anew.
/// </summary>
internal static class StartAdapter
{
    /// <exception cref="ArgumentException">A flag contradicts the adapter; all of them are named.</exception>
    public static void Require(NewAdapterFlags flags, SuperAdapter trained, string name)
    {
        var adapter = trained.Options!;
        var targets = flags.Limits.Apply(flags.TargetModules is null ? adapter : flags.ToLora()) with
        {
            TaskType = adapter.TaskType,
            ModulesToSave = adapter.ModulesToSave,
            AdaptsModulesInFull = adapter.AdaptsModulesInFull,
        };
        bool hasSameTargets = trained.Layers.Keys.All(path => targets.Targets(path) == adapter.Targets(path));
        var problems = new (string Flag, bool IsSame, string Given, string Own)[]
        {
            ("lora_r", (flags.LoraR ?? adapter.Rank) == adapter.Rank, $"{flags.LoraR}", $"{adapter.Rank}"),
            ("lora_alpha", (flags.LoraAlpha ?? adapter.Alpha) == adapter.Alpha,
                Text(flags.LoraAlpha), Text(adapter.Alpha)),
            ("target_modules", hasSameTargets,
                string.Join(',', targets.TargetModules) + flags.Limits,
                string.Join(',', adapter.TargetModules) + TargetLimitFlags.Of(adapter)),
        }.Where(rule => !rule.IsSame).Select(rule =>
            $"--{rule.Flag} is {rule.Given}, and the adapter '{name}' that training starts from has {rule.Own}; leave "
            + $"--{rule.Flag} out, or leave --lora_weights out for a new adapter").ToArray();
        if (problems.Length > 0)
        {
            throw new ArgumentException(ProblemList.Format(problems));
        }
    }

    /// <summary>What is trained on, in one line.</summary>
    public static string Describe(LoraOptions adapter, string name) =>
        $"training starts from the adapter '{name}': rank {adapter.Rank}, alpha {Text(adapter.Alpha)}, dropout "
        + $"{Text(adapter.Dropout)}, on {string.Join(", ", adapter.TargetModules)}"
        + LimitsOf(adapter);

    /// <summary>What limits an adapter's targets; empty where nothing does.</summary>
    public static string LimitsOf(LoraOptions adapter) =>
        (adapter.LayersToTransform.Count == 0 ? "" : $" in the layers {string.Join(", ", adapter.LayersToTransform)}")
        + (adapter.ExcludeModules.Count == 0 ? "" : $" without {string.Join(", ", adapter.ExcludeModules)}");

    private static string Text(double? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "";
}
