using LoNas.Bench.Models;
using LoNas.Cli.Model;
using LoNas.Cli.Options;
using static TorchSharp.torch;

namespace LoNas.Bench.Train;

/// <summary>The options of <c>bench train</c>; what they do stands in <see cref="BenchTrainTable"/>.</summary>
internal sealed record BenchTrainOptions
{
    private const long LargeParameters = 1_000_000_000;

    public string Shape { get; init; } = "llama-110m";

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

    public string Device { get; init; } = "cpu";

    public bool Tf32 { get; init; }

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

    /// <summary>Null: one for each physical core.</summary>
    public int? Threads { get; init; }

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
                Hidden = Hidden ?? shape.Hidden,
                Layers = Layers ?? shape.Layers,
                Heads = heads,
                KeyValueHeads = KvHeads ?? (Heads is null ? shape.KeyValueHeads : heads),
                Intermediate = Intermediate ?? shape.Intermediate,
                Vocabulary = Vocab ?? shape.Vocabulary,
            };
        }
    }

    public ScalarType ElementType => Dtype switch
    {
        "bf16" or "bfloat16" => ScalarType.BFloat16,
        "fp16" or "float16" => ScalarType.Float16,
        _ => ScalarType.Float32,
    };

    public bool IsOnCpu => Device == "cpu";

    /// <summary>Ranks of a sub-adapter: the full one and seven eighths of it.</summary>
    public IReadOnlyList<int> Ranks => NncfRanks ?? (LoraR >= 8 ? [LoraR, LoraR * 7 / 8] : [LoraR]);

    public bool IsLarge => Sizes.Parameters > LargeParameters;

    public int TimedSteps => Steps ?? (IsLarge ? 2 : 10);

    /// <summary>Steps before the timed ones: the first reads the weights from disk, or starts a GPU's libraries.</summary>
    public int WarmUpSteps => IsLarge && IsOnCpu ? 1 : 3;

    public IReadOnlyList<BenchTrainPart> Parts => Variants.Count > 0
        ? [.. Variants.Select(Enum.Parse<BenchTrainPart>)]
        : GradientCheckpointing || IsLarge || !IsOnCpu
            ? [BenchTrainPart.Lonas, BenchTrainPart.Limit]
            : [BenchTrainPart.Lonas, BenchTrainPart.Lora, BenchTrainPart.Eager, BenchTrainPart.Limit];

    private static BenchTrainPart[] Measured { get; } =
        [.. Enum.GetValues<BenchTrainPart>().Where(part => part != BenchTrainPart.All)];

    /// <summary>Everything that is wrong with the values and their combination; empty when nothing is.</summary>
    public IReadOnlyList<OptionProblem> Validate()
    {
        var problems = new OptionProblems()
            .When(!LlamaShape.Known.ContainsKey(Shape),
                $"--shape is '{Shape}'; expected {string.Join(", ", LlamaShape.Known.Keys)}", "shape")
            .When(Dtype is not ("f32" or "float32" or "bf16" or "bfloat16" or "fp16" or "float16"),
                $"--dtype is '{Dtype}'; expected bf16, fp16 or f32", "dtype")
            .Device(Device)
            .When(!IsOnCpu && Variants.Contains(nameof(BenchTrainPart.Eager)),
                "--variants Eager needs --device cpu; benchmarks/gpu-baseline.py is its like on a GPU", "variants", "device")
            .Within("lora_dropout", LoraDropout, 0, 1)
            .When(Variants.Any(name => !Measured.Any(part => part.ToString() == name)),
                $"--variants is '{string.Join(',', Variants)}'; expected some of Lonas, Lora, Eager, Limit", "variants")
            .When(NncfRatios is not { Count: > 0 } ratios || ratios[0] != 1 || ratios.Any(ratio => ratio is <= 0 or > 1),
                "--nncf_ratios must start at 1 and go down, such as 1,0.75,0.5", "nncf_ratios")
            .When(NncfRanks is { } ranks && (ranks.Count == 0 || ranks[0] != LoraR || ranks.Any(rank => rank < 1 || rank > LoraR)),
                $"--nncf_ranks must start at --lora_r {LoraR} and go down, such as {LoraR},{Math.Max(1, LoraR * 7 / 8)}", "nncf_ranks")
            .AtLeast("hidden", Hidden, 2).AtLeast("layers", Layers, 1).AtLeast("heads", Heads, 1).AtLeast("kv_heads", KvHeads, 1)
            .AtLeast("intermediate", Intermediate, 2).AtLeast("vocab", Vocab, 2).AtLeast("lora_r", LoraR, 1)
            .AtLeast("batch", Batch, 1).AtLeast("seq", Seq, 2).AtLeast("steps", Steps, 1).AtLeast("seed", Seed, 0)
            .AtLeast("threads", Threads, 1);
        if (problems.Found.Count == 0 && Sizes is var sizes)
        {
            problems
                .When(sizes.Hidden % sizes.Heads != 0 || sizes.HeadSize % 2 != 0,
                    $"--hidden {sizes.Hidden} is not an even number for each of {sizes.Heads} heads", "hidden", "heads")
                .When(sizes.Heads % sizes.KeyValueHeads != 0,
                    $"{sizes.Heads} heads can't share {sizes.KeyValueHeads} key and value heads evenly", "heads", "kv_heads");
        }

        return problems.Found;
    }
}
