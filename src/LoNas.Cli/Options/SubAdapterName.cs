namespace LoNas.Cli.Options;

/// <summary>The values of <c>--sub_adapter</c>.</summary>
internal static class SubAdapterName
{
    public const string Maximal = "maximal";
    public const string Heuristic = "heuristic";
    public const string Minimal = "minimal";

    /// <summary>Whether a value is absent, a known name or names a JSON file; whether that exists shows when it is read.</summary>
    public static bool IsValid(string? value) => value is null or Maximal or Heuristic or Minimal || OptionsFile.IsName(value);

    /// <summary>What is wrong with a value that is not valid.</summary>
    public static string Problem(string? value) =>
        $"--sub_adapter is '{value}'; allowed: {Maximal}, {Heuristic}, {Minimal} or a file that ends in .json";
}
