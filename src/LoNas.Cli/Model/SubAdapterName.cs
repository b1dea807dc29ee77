using System.Globalization;
using LoNas.Cli.Options;

namespace LoNas.Cli.Model;

/// <summary>The values of <c>--sub_adapter</c>.</summary>
internal static class SubAdapterName
{
    public const string Maximal = "maximal";
    public const string Heuristic = "heuristic";
    public const string Minimal = "minimal";

    /// <summary>The file and place that a value such as <c>pareto_front.json#3</c> names; null for any other.</summary>
    public static (string Path, int Index)? FrontEntry(string? value)
    {
        int sign = value?.LastIndexOf('#') ?? -1;
        return sign > 0 && OptionsFile.IsName(value![..sign])
            && int.TryParse(value[(sign + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            ? (value[..sign], index)
            : null;
    }

    /// <summary>Whether a value is absent, a known name or names a JSON file or an entry of one; whether that exists shows when it is read.</summary>
    public static bool IsValid(string? value) => value is null or Maximal or Heuristic or Minimal || OptionsFile.IsName(value)
        || FrontEntry(value) is not null;

    /// <summary>What is wrong with a value that is not valid.</summary>
    public static string Problem(string? value) =>
        $"--sub_adapter is '{value}'; allowed: {Maximal}, {Heuristic}, {Minimal}, a file that ends in .json, or FRONT.json#N";

    /// <summary>Adds what is wrong with limits on a front's sub-adapters.</summary>
    public static OptionProblems Limits(
        this OptionProblems problems, string? subAdapter, double? maxMacs, double? minAccuracy) => problems
        .Positive("max_macs", maxMacs)
        .When(minAccuracy is < 0 or > 1, "--min_accuracy must lie between 0 and 1", "min_accuracy")
        .When((maxMacs is not null || minAccuracy is not null) && subAdapter is not null && !OptionsFile.IsName(subAdapter),
            $"--max_macs and --min_accuracy choose from a front; --sub_adapter is '{subAdapter}', expected a pareto_front.json",
            "sub_adapter", "max_macs", "min_accuracy");
}
