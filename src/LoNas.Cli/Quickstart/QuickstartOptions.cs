using LoNas.Cli.Model;
using LoNas.Cli.Options;

namespace LoNas.Cli.Quickstart;

/// <summary>The options of <c>quickstart</c>; what they do stands in <see cref="QuickstartTable"/>.</summary>
internal sealed record QuickstartOptions
{
    public string OutputDir { get; init; } = "out/quickstart";

    public bool OverwriteOutputDir { get; init; }

    public long Seed { get; init; } = 42;

    public string Device { get; init; } = "cpu";

    /// <summary>Null: one for each physical core.</summary>
    public int? Threads { get; init; }

    /// <summary>Everything that is wrong with the values; empty when nothing is.</summary>
    public IReadOnlyList<OptionProblem> Validate() => new OptionProblems()
        .Required("output_dir", OutputDir, "give the folder for results")
        .AtLeast("seed", Seed, 0)
        .Device(Device)
        .AtLeast("threads", Threads, 1)
        .Found;
}
