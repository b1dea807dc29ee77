using LoNas.Cli.Options;

namespace LoNas.Cli.Model;

/// <summary>The values of <c>--sub_adapter</c>.</summary>
internal static class SubAdapterName
{
    /// <summary>Whether a value is absent or can be meant; whether a file exists shows when it is read.</summary>
    public static bool IsValid(string? value) => value is null || SubAdapterChoice.IsName(value);

    /// <summary>What is wrong with a value that is not valid.</summary>
    public static string Problem(string? value) =>
        $"--sub_adapter is '{value}'; allowed: {SubAdapterChoice.Maximal}, {SubAdapterChoice.Heuristic}, "
        + $"{SubAdapterChoice.Minimal}, a file that ends in .json, or FRONT.json#N";

    /// <summary>Adds what is wrong with limits on a front's sub-adapters.</summary>
    public static OptionProblems Limits(
        this OptionProblems problems, string? subAdapter, double? maxMacs, double? minAccuracy) => problems
        .Positive("max_macs", maxMacs)
        .When(minAccuracy is < 0 or > 1, "--min_accuracy must lie between 0 and 1", "min_accuracy")
        .When((maxMacs is not null || minAccuracy is not null) && subAdapter is not null && !SubAdapterChoice.IsFile(subAdapter),
            $"--max_macs and --min_accuracy choose from a front; --sub_adapter is '{subAdapter}', expected a pareto_front.json",
            "sub_adapter", "max_macs", "min_accuracy");
}
