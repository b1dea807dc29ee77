using LoNas.Bench.Train;
using LoNas.Cli.Flags;
using LoNas.Cli.Options;

namespace LoNas.Bench.Scaling;

/// <summary>The options of <c>bench scaling</c>.</summary>
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

    /// <summary>Where it runs; the models are random ones.</summary>
    public ModelFlags Model { get; init; } = new() { Device = "cpu" };

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
        Model = Model,
        Part = BenchTrainPart.Lora,
    };

    /// <summary>The flags.</summary>
    public static OptionTable<BenchScalingOptions> Table { get; } =
        new OptionTable<BenchScalingOptions>(new BenchScalingOptions())
        .Group("Measured")
        .Add("sequences", OptionValues.Integers, o => o.Sequences, (o, v) => o with { Sequences = v },
            "tokens of a sequence, with 12 blocks")
        .Add("depths", OptionValues.Integers, o => o.Depths, (o, v) => o with { Depths = v }, "blocks, with 256 tokens")
        .Group("Model")
        .Add("hidden", OptionValues.Integer, o => o.Hidden, (o, v) => o with { Hidden = v }, "hidden size")
        .Add("heads", OptionValues.Integer, o => o.Heads, (o, v) => o with { Heads = v }, "attention heads")
        .Add("intermediate", OptionValues.Integer, o => o.Intermediate, (o, v) => o with { Intermediate = v },
            "width of the MLP")
        .Add("vocab", OptionValues.Integer, o => o.Vocab, (o, v) => o with { Vocab = v }, "vocabulary")
        .Add("dtype", BenchTrainOptions.Types, o => o.Dtype, (o, v) => o with { Dtype = v! },
            "element type of the base")
        .Group("Run")
        .Add("batch", OptionValues.Integer, o => o.Batch, (o, v) => o with { Batch = v }, "sequences of a step")
        .Also("per_device_train_batch_size")
        .Add("steps", OptionValues.Integer, o => o.Steps, (o, v) => o with { Steps = v },
            "timed steps of each measurement")
        .Add("seed", OptionValues.Seed, o => o.Seed, (o, v) => o with { Seed = v }, "seed of weights and tokens")
        .Part(o => o.Model, (o, v) => o with { Model = v }, ModelFlags.ThreadRow)
        .Add("json", OptionValues.Switch, o => o.Json, (o, v) => o with { Json = v },
            "one JSON object on standard output and nothing else");

    /// <summary>Everything that is wrong with the values and their combination; empty when nothing is.</summary>
    public IReadOnlyList<OptionProblem> Validate()
    {
        var problems = new OptionProblems()
            .When(Sequences is not { } sequences || sequences.Distinct().Count() < 3
                || sequences.Any(tokens => tokens < 2),
                "--sequences needs three different lengths or more, since two points always lie on a line", "sequences")
            .When(Depths is not { } depths || depths.Distinct().Count() < 3 || depths.Any(layers => layers < 1),
                "--depths needs three different numbers of blocks or more, since two points always lie on a line",
                "depths");
        return [.. problems.Found, .. Of(1, 2).Validate()];
    }
}
