using System.Globalization;

namespace LoNas.MutationTests.Mutations;

/// <summary>The number of inputs and the seed, from environment variables; see docs/reliability.md.</summary>
internal static class MutationSettings
{
    /// <summary>The number of damaged inputs of each format.</summary>
    public static int Inputs { get; } = Number("LONAS_MUTATIONS") ?? 20_000;

    /// <summary>The seed of all random numbers.</summary>
    public static int Seed { get; } = Number("LONAS_MUTATION_SEED") ?? 8;

    /// <summary>The only case to run, of each format that is run; null for all.</summary>
    public static int? OnlyCase { get; } = Number("LONAS_MUTATION_CASE");

    /// <summary>A file to which each format adds its line of figures; null for none.</summary>
    public static string? Report { get; } = Environment.GetEnvironmentVariable("LONAS_MUTATION_REPORT");

    private static int? Number(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } text
        ? int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture)
        : null;
}
