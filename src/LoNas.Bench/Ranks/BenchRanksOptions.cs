using LoNas.Cli.Flags;
using LoNas.Cli.Options;

namespace LoNas.Bench.Ranks;

/// <summary>The options of <c>bench ranks</c>.</summary>
internal sealed record BenchRanksOptions
{
    private const int MostNumbers = 256;

    /// <summary>Millions.</summary>
    public IReadOnlyList<double>? Numbers { get; init; } = [1, 25, 56];

    public int Rounds { get; init; } = 5;

    public DistributedFlags Distributed { get; init; } = new();

    /// <summary>The flags.</summary>
    public static OptionTable<BenchRanksOptions> Table { get; } =
        new OptionTable<BenchRanksOptions>(new BenchRanksOptions())
        .Group("Measured")
        .Add("numbers", OptionValues.Numbers, o => o.Numbers, (o, v) => o with { Numbers = v },
            "millions of float32 that all ranks bring and get back from each other, as the gradients of a step")
        .Add("rounds", OptionValues.Integer, o => o.Rounds, (o, v) => o with { Rounds = v },
            "exchanges of each; the median is shown")
        .Group("Run")
        .Part(o => o.Distributed, (o, v) => o with { Distributed = v }, DistributedFlags.Rows);

    /// <summary>Everything that is wrong with the values; empty when nothing is.</summary>
    public IReadOnlyList<OptionProblem> Validate()
    {
        var problems = new OptionProblems()
            .When(Numbers is not { Count: > 0 } || Numbers.Any(count => count is <= 0 or > MostNumbers),
                $"--numbers needs one number or more, each above 0 and at most {MostNumbers}", "numbers")
            .AtLeast("rounds", Rounds, 1);
        Distributed.Check(problems);
        return problems.Found;
    }
}
