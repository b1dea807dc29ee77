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
        var given = flags.ToLora();
        bool isSame = trained.Layers.Keys.All(path => given.Targets(path) == adapter.Targets(path));
        var problems = new[]
        {
            Problem(flags, "lora_r", flags.LoraR == adapter.Rank, $"{flags.LoraR}", $"{adapter.Rank}", name),
            Problem(flags, "lora_alpha", flags.LoraAlpha == adapter.Alpha,
                Text(flags.LoraAlpha), Text(adapter.Alpha), name),
            Problem(flags, "target_modules", isSame,
                string.Join(',', given.TargetModules), string.Join(',', adapter.TargetModules), name),
        }.OfType<string>().ToArray();
        if (problems.Length > 0)
        {
            throw new ArgumentException(ProblemList.Format(problems));
        }
    }

    /// <summary>What is trained on, in one line.</summary>
    public static string Describe(LoraOptions adapter, string name) =>
        $"training starts from the adapter '{name}': rank {adapter.Rank}, alpha {Text(adapter.Alpha)}, dropout "
        + $"{Text(adapter.Dropout)}, on {string.Join(", ", adapter.TargetModules)}";

    private static string? Problem(
        NewAdapterFlags flags, string flag, bool same, string given, string own, string name) =>
        same || !flags.Given.Contains(flag) ? null
            : $"--{flag} is {given}, and the adapter '{name}' that training starts from has {own}; leave --{flag} out, "
                + "or leave --lora_weights out for a new adapter";

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
