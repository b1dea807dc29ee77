using LoNas.Bench.Train;
using LoNas.Cli.Options;

namespace LoNas.Bench.Scaling;

/// <summary>The options of <c>bench scaling</c>; what they do stands in <see cref="BenchScalingTable"/>.</summary>
internal sealed record BenchScalingOptions
{
    public IReadOnlyList<int>? Sequences { get; init; } = [128, 256, 512];

    public IReadOnlyList<int>? Depths { get; init; } = [4, 8, 16, 24];

    public int Hidden { get; init; } = 768;

    public int Heads { get; init; } = 12;

    public int Intermediate { get; init; } = 2048;

    public int Vocab { get; init; } = 32000;

    public int Batch { get; init; } = 4;

    public string Dtype { get; init; } = "bf16";

    public int Steps { get; init; } = 5;

    public long Seed { get; init; } = 42;

    /// <summary>Null: one for each physical core.</summary>
    public int? Threads { get; init; }

    public bool Json { get; init; }

    /// <summary>A measurement of so many blocks and tokens, as <c>bench train</c> makes it.</summary>
    public BenchTrainOptions Of(int layers, int tokens) => new()
    {
        Hidden = Hidden,
        Heads = Heads,
        Intermediate = Intermediate,
        Vocab = Vocab,
        Layers = layers,
        Batch = Batch,
        Seq = tokens,
        Dtype = Dtype,
        Steps = Steps,
        Seed = Seed,
        Threads = Threads,
        Part = BenchTrainPart.Lora,
    };

    /// <summary>Everything that is wrong with the values and their combination; empty when nothing is.</summary>
    public IReadOnlyList<OptionProblem> Validate()
    {
        var problems = new OptionProblems()
            .When(Sequences is not { } sequences || sequences.Distinct().Count() < 3 || sequences.Any(tokens => tokens < 2),
                "--sequences needs three different lengths or more, since two points always lie on a line", "sequences")
            .When(Depths is not { } depths || depths.Distinct().Count() < 3 || depths.Any(layers => layers < 1),
                "--depths needs three different numbers of blocks or more, since two points always lie on a line", "depths");
        return [.. problems.Found, .. Of(1, 2).Validate()];
    }
}
