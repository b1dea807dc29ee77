using LoNas.Bench.Generate;
using LoNas.Cli.Model;
using LoNas.Cli.Options;

namespace LoNas.Bench.Parity;

/// <summary>The options of <c>bench parity</c>; what they do stands in <see cref="BenchParityTable"/>.</summary>
internal sealed record BenchParityOptions
{
    /// <summary>Null: the quickstart's, which comes with the program.</summary>
    public string? ModelNameOrPath { get; init; }

    /// <summary>Null: a random adapter.</summary>
    public string? LoraWeights { get; init; }

    public string Prompt { get; init; } = "Amy found 25 toys and sold 19 of them. How many toys are left?";

    public int MaxNewTokens { get; init; } = 24;

    public IReadOnlyList<string> Dtypes { get; init; } = BenchGenerateOptions.KnownTypes;

    public string Device { get; init; } = DeviceFlags.Default;

    public bool Tf32 { get; init; }

    public long Seed { get; init; } = 42;

    /// <summary>Null: one for each physical core.</summary>
    public int? Threads { get; init; }

    public bool Json { get; init; }

    /// <summary>Everything that is wrong with the values; empty when nothing is.</summary>
    public IReadOnlyList<OptionProblem> Validate() => new OptionProblems()
        .When(Dtypes.Count == 0 || Dtypes.Any(dtype => !BenchGenerateOptions.KnownTypes.Contains(dtype)),
            $"--dtypes is '{string.Join(',', Dtypes)}'; expected some of {string.Join(", ", BenchGenerateOptions.KnownTypes)}", "dtypes")
        .Device(Device)
        .AtLeast("max_new_tokens", MaxNewTokens, 1)
        .AtLeast("seed", Seed, 0)
        .AtLeast("threads", Threads, 1)
        .Found;
}
