using LoNas.Adapters;

namespace LoNas.Cli.Runs;

/// <summary>Holds <c>--target_modules</c> against a model.</summary>
internal static class TargetCheck
{
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
}
