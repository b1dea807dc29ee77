using LoNas.Cli.Model;
using LoNas.Cli.Options;

namespace LoNas.Bench.Generate;

/// <summary>The options of <c>bench generate</c>; what they do stands in <see cref="BenchGenerateTable"/>.</summary>
internal sealed record BenchGenerateOptions
{
    public static readonly IReadOnlyList<string> KnownTypes = ["float32", "bfloat16", "float16"];

    /// <summary>Null: a random LLaMA.</summary>
    public string? ModelNameOrPath { get; init; }

    public IReadOnlyList<string> Dtypes { get; init; } = ["float32", "bfloat16"];

    public string Device { get; init; } = "cpu";

    public bool Tf32 { get; init; }

    public int Prompts { get; init; } = 64;

    public int MinPromptLength { get; init; } = 64;

    public int MaxPromptLength { get; init; } = 192;

    public int MaxNewTokens { get; init; } = 32;

    public int NumBeams { get; init; } = 4;

    /// <summary>Null: chosen by the free memory.</summary>
    public int? PerDeviceEvalBatchSize { get; init; }

    public bool Baseline { get; init; } = true;

    public BenchPart Part { get; init; } = BenchPart.All;

    public long Seed { get; init; } = 42;

    /// <summary>Null: one for each physical core.</summary>
    public int? Threads { get; init; }

    public bool Json { get; init; }

    /// <summary>Everything that is wrong with the values and their combination; empty when nothing is.</summary>
    public IReadOnlyList<OptionProblem> Validate() => new OptionProblems()
        .When(Dtypes.Count == 0 || Dtypes.Any(dtype => !KnownTypes.Contains(dtype)),
            $"--dtypes is '{string.Join(',', Dtypes)}'; expected some of {string.Join(", ", KnownTypes)}", "dtypes")
        .Device(Device)
        .When(MaxPromptLength < MinPromptLength,
            $"--max_prompt_length {MaxPromptLength} is below --min_prompt_length {MinPromptLength}",
            "min_prompt_length", "max_prompt_length")
        .When(Part != BenchPart.All && (ModelNameOrPath is null || Dtypes.Count != 1),
            "--part needs --model_name_or_path and one of --dtypes", "part", "model_name_or_path", "dtypes")
        .AtLeast("prompts", Prompts, 1)
        .AtLeast("min_prompt_length", MinPromptLength, 1)
        .AtLeast("max_new_tokens", MaxNewTokens, 2)
        .AtLeast("num_beams", NumBeams, 1)
        .AtLeast("per_device_eval_batch_size", PerDeviceEvalBatchSize, 1)
        .AtLeast("seed", Seed, 0)
        .AtLeast("threads", Threads, 1)
        .Found;
}
