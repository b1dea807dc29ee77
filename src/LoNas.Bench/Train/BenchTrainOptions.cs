using LoNas.Bench.Models;
using LoNas.Cli.Flags;
using LoNas.Cli.Options;
using LoNas.Export;
using LoNas.Models;
using static TorchSharp.torch;

namespace LoNas.Bench.Train;

/// <summary>The options of <c>bench train</c>.</summary>
internal sealed record BenchTrainOptions
{
    private const long LargeParameters = 1_000_000_000;

    public string Shape { get; init; } = "llama-110m";

    public string Family { get; init; } = LlamaShape.Llama;

    public int? Hidden { get; init; }

    public int? Layers { get; init; }

    public int? Heads { get; init; }

    public int? KvHeads { get; init; }

    public int? Intermediate { get; init; }

    public int? Vocab { get; init; }

    public int LoraR { get; init; } = 32;

    public int Batch { get; init; } = 4;

    public int Seq { get; init; } = 256;

    public string Dtype { get; init; } = "bf16";

    /// <summary>Where it runs; the model is a random one.</summary>
    public ModelFlags Model { get; init; } = new() { Device = "cpu" };

    public double LoraDropout { get; init; }

    /// <summary>Null: ten, two for a model of over a thousand million parameters.</summary>
    public int? Steps { get; init; }

    public IReadOnlyList<double>? NncfRatios { get; init; } = [1, 0.875, 0.75, 0.625, 0.5];

    public IReadOnlyList<int>? NncfRanks { get; init; }

    public bool GradientCheckpointing { get; init; }

    /// <summary>Null: all, without the eager ones where activations are computed again, which it does not do.</summary>
    public IReadOnlyList<string> Variants { get; init; } = [];

    public string? WorkDir { get; init; }

    public BenchTrainPart Part { get; init; } = BenchTrainPart.All;

    public long Seed { get; init; } = 42;

    public bool Json { get; init; }

    /// <summary>The model's sizes.</summary>
    public LlamaShape Sizes
    {
        get
        {
            var shape = LlamaShape.Known[Shape];
            int heads = Heads ?? shape.Heads;
            return new LlamaShape
            {
                Family = Family,
                Hidden = Hidden ?? shape.Hidden,
                Layers = Layers ?? shape.Layers,
                Heads = heads,
                KeyValueHeads = KvHeads ?? (Heads is null ? shape.KeyValueHeads : heads),
                Intermediate = Intermediate ?? shape.Intermediate,
                Vocabulary = Vocab ?? shape.Vocabulary,
            };
        }
    }

    public ScalarType ElementType => ElementTypes.Parse(Dtype) ?? ScalarType.Float32;

    public bool IsOnCpu => Model.Device == "cpu";

    /// <summary>Ranks of a sub-adapter: the full one and seven eighths of it.</summary>
    public IReadOnlyList<int> Ranks => NncfRanks ?? (LoraR >= 8 ? [LoraR, LoraR * 7 / 8] : [LoraR]);

    public bool IsLarge => Sizes.Parameters > LargeParameters;

    public int TimedSteps => Steps ?? (IsLarge ? 2 : 10);

    /// <summary>
    /// Steps before the timed ones: the first reads the weights from disk, or starts a GPU's libraries.
    /// </summary>
    public int WarmUpSteps => IsLarge && IsOnCpu ? 1 : 3;

    public IReadOnlyList<BenchTrainPart> Parts => Variants.Count > 0
        ? [.. Variants.Select(Enum.Parse<BenchTrainPart>)]
        : Family != LlamaShape.Llama ? [BenchTrainPart.Lonas]
        : GradientCheckpointing || IsLarge || !IsOnCpu
            ? [BenchTrainPart.Lonas, BenchTrainPart.Limit]
            : [BenchTrainPart.Lonas, BenchTrainPart.Lora, BenchTrainPart.Eager, BenchTrainPart.Limit];

    /// <summary>Element types; the text stays as it was given, since results are named after it.</summary>
    public static OptionValue<string?> Types { get; } = OptionValues.FreeText with
    {
        Label = TypeNames.Value.Label,
        Choices = TypeNames.Value.Choices,
    };

    private static readonly OptionValue<string?> Shapes = OptionValues.FreeText with
    {
        Label = string.Join('|', LlamaShape.Known.Keys),
        Choices = [.. LlamaShape.Known.Keys],
    };

    private static readonly OptionValue<string?> Families = OptionValues.FreeText with
    {
        Label = "MODEL_TYPE",
        Choices = [.. Comparable],
    };

    /// <summary>Decoders whose config.json has LLaMA's keys.</summary>
    private static IEnumerable<string> Comparable => ModelFamilies.All
        .Where(family => !family.IsClassifier && family.HasMlpKey).Select(family => family.ModelType);

    private static BenchTrainPart[] Measured { get; } =
        [.. Enum.GetValues<BenchTrainPart>().Where(part => part != BenchTrainPart.All)];

    /// <summary>How tables are shown.</summary>
    public TableFlags Tables { get; init; } = new();

    /// <summary>The flags.</summary>
    public static OptionTable<BenchTrainOptions> Table { get; } =
        new OptionTable<BenchTrainOptions>(new BenchTrainOptions())
        .Group("Model")
        .Add("shape", Shapes, o => o.Shape, (o, v) => o with { Shape = v! }, "sizes of a random LLaMA")
        .Add("family", Families, o => o.Family, (o, v) => o with { Family = v! },
            "another family of as many multiply-adds, beside that LLaMA")
        .Add("hidden", OptionValues.OptionalInteger, o => o.Hidden, (o, v) => o with { Hidden = v }, "hidden size",
            "the shape's")
        .Add("layers", OptionValues.OptionalInteger, o => o.Layers, (o, v) => o with { Layers = v }, "blocks",
            "the shape's")
        .Add("heads", OptionValues.OptionalInteger, o => o.Heads, (o, v) => o with { Heads = v }, "attention heads",
            "the shape's")
        .Add("kv_heads", OptionValues.OptionalInteger, o => o.KvHeads, (o, v) => o with { KvHeads = v },
            "heads of keys and values", "the shape's, or --heads where that is given")
        .Add("intermediate", OptionValues.OptionalInteger, o => o.Intermediate, (o, v) => o with { Intermediate = v },
            "width of the MLP", "the shape's")
        .Add("vocab", OptionValues.OptionalInteger, o => o.Vocab, (o, v) => o with { Vocab = v }, "vocabulary",
            "the shape's")
        .Add("dtype", Types, o => o.Dtype, (o, v) => o with { Dtype = v! }, "element type of the base")
        .Part(o => o.Model, (o, v) => o with { Model = v }, ModelFlags.DeviceRows)
        .Group("Training")
        .Add("lora_r", OptionValues.Integer, o => o.LoraR, (o, v) => o with { LoraR = v },
            "rank of q, k, v, gate, up and down")
        .Add("lora_dropout", OptionValues.Number, o => o.LoraDropout, (o, v) => o with { LoraDropout = v },
            "dropout of the adapters")
        .Add("nncf_ratios", OptionValues.Numbers, o => o.NncfRatios, (o, v) => o with { NncfRatios = v },
            "MLP widths of sub-adapters, as shares")
        .Also("mlp_ratios")
        .Add("nncf_ranks", OptionValues.Integers, o => o.NncfRanks, (o, v) => o with { NncfRanks = v },
            "ranks of sub-adapters", "--lora_r and seven eighths of it")
        .Also("ranks")
        .Add("batch", OptionValues.Integer, o => o.Batch, (o, v) => o with { Batch = v }, "sequences of a step")
        .Also("per_device_train_batch_size")
        .Add("seq", OptionValues.Integer, o => o.Seq, (o, v) => o with { Seq = v }, "tokens of a sequence")
        .Add("gradient_checkpointing", OptionValues.Switch, o => o.GradientCheckpointing,
            (o, v) => o with { GradientCheckpointing = v }, "keep only the blocks' inputs and compute the rest again")
        .Group("Run")
        .Add("steps", OptionValues.OptionalInteger, o => o.Steps, (o, v) => o with { Steps = v },
            "timed steps", "10, for large models 2")
        .Add("variants", OptionValues.List, o => o.Variants, (o, v) => o with { Variants = v },
            "what to measure: Lonas, Lora, Eager, Limit",
            "all; Lonas and Limit with --gradient_checkpointing or a large model")
        .Add("work_dir", OptionValues.Text("DIR"), o => o.WorkDir, (o, v) => o with { WorkDir = v },
            "folder that keeps the random model for a later run; it is made there where it is missing",
            "a temporary one")
        .Add("part", OptionValues.Choice<BenchTrainPart>(), o => o.Part, (o, v) => o with { Part = v },
            "measure one part in this process, with the model in --work_dir; the command starts itself so")
        .Add("seed", OptionValues.Seed, o => o.Seed, (o, v) => o with { Seed = v },
            "seed of weights, tokens and sub-adapters")
        .Part(o => o.Model, (o, v) => o with { Model = v }, ModelFlags.ThreadRow)
        .Add("json", OptionValues.Switch, o => o.Json, (o, v) => o with { Json = v },
            "one JSON object on standard output and nothing else")
        .Part(o => o.Tables, (o, v) => o with { Tables = v }, TableFlags.Row);

    /// <summary>Everything that is wrong with the values and their combination; empty when nothing is.</summary>
    public IReadOnlyList<OptionProblem> Validate()
    {
        var problems = new OptionProblems()
            .When(!LlamaShape.Known.ContainsKey(Shape),
                $"--shape is '{Shape}'; expected {string.Join(", ", LlamaShape.Known.Keys)}", "shape")
            .When(!Comparable.Contains(Family),
                $"--family is '{Family}'; expected {string.Join(", ", Comparable)}", "family")
            .When(Family != LlamaShape.Llama && Variants.Any(name => name is not (nameof(BenchTrainPart.Lonas)
                    or nameof(BenchTrainPart.Lora))),
                "--variants of another --family can be Lonas and Lora", "variants", "family")
            .When(ElementTypes.Parse(Dtype) is null, $"--dtype is '{Dtype}'; expected f32, f16 or bf16", "dtype")
            .When(!IsOnCpu && Variants.Contains(nameof(BenchTrainPart.Eager)),
                "--variants Eager needs --device cpu; benchmarks/gpu-baseline.py is its like on a GPU",
                "variants", "device")
            .Within("lora_dropout", LoraDropout, 0, 1)
            .When(Variants.Any(name => !Measured.Any(part => part.ToString() == name)),
                $"--variants is '{string.Join(',', Variants)}'; expected some of Lonas, Lora, Eager, Limit", "variants")
            .When(
                NncfRatios is not { Count: > 0 } ratios || ratios[0] != 1 || ratios.Any(ratio => ratio is <= 0 or > 1),
                "--nncf_ratios must start at 1 and go down, such as 1,0.75,0.5", "nncf_ratios")
            .When(NncfRanks is { } ranks
                && (ranks.Count == 0 || ranks[0] != LoraR || ranks.Any(rank => rank < 1 || rank > LoraR)),
                $"--nncf_ranks must start at --lora_r {LoraR} and go down, such as "
                + $"{LoraR},{Math.Max(1, LoraR * 7 / 8)}", "nncf_ranks")
            .AtLeast("hidden", Hidden, 2).AtLeast("layers", Layers, 1).AtLeast("heads", Heads, 1)
            .AtLeast("kv_heads", KvHeads, 1)
            .AtLeast("intermediate", Intermediate, 2).AtLeast("vocab", Vocab, 2).AtLeast("lora_r", LoraR, 1)
            .AtLeast("batch", Batch, 1).AtLeast("seq", Seq, 2).AtLeast("steps", Steps, 1).AtLeast("seed", Seed, 0);
        Model.CheckRun(problems);
        if (problems.Found.Count == 0 && Sizes is var sizes)
        {
            problems
                .When(sizes.Hidden % sizes.Heads != 0 || sizes.HeadSize % 2 != 0,
                    $"--hidden {sizes.Hidden} is not an even number for each of {sizes.Heads} heads", "hidden", "heads")
                .When(sizes.Heads % sizes.KeyValueHeads != 0,
                    $"{sizes.Heads} heads can't share {sizes.KeyValueHeads} key and value heads evenly", "heads",
                    "kv_heads");
        }

        return problems.Found;
    }
}
