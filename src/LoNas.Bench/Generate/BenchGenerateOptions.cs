using LoNas.Cli.Flags;
using LoNas.Cli.Options;

namespace LoNas.Bench.Generate;

/// <summary>The options of <c>bench generate</c>.</summary>
internal sealed record BenchGenerateOptions
{
    public static readonly IReadOnlyList<string> KnownTypes = ["float32", "bfloat16", "float16"];

    /// <summary>The model and where it runs; without a name a random LLaMA.</summary>
    public ModelFlags Model { get; init; } = new() { Device = "cpu" };

    public IReadOnlyList<string> Dtypes { get; init; } = ["float32", "bfloat16"];

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

    public bool Json { get; init; }

    /// <summary>How tables are shown.</summary>
    public TableFlags Tables { get; init; } = new();

    /// <summary>The flags.</summary>
    public static OptionTable<BenchGenerateOptions> Table { get; } =
        new OptionTable<BenchGenerateOptions>(new BenchGenerateOptions())
        .Part(o => o.Model, (o, v) => o with { Model = v }, rows => ModelFlags.NameRow(
            rows,
            "DIR",
            "Hugging Face folder to measure",
            "a random LLaMA: hidden 768, 12 layers, MLP 2048, vocabulary 32000"))
        .Add("dtypes", TypeNames.Several, o => o.Dtypes, (o, v) => o with { Dtypes = v },
            "element types to measure, one after another")
        .Part(o => o.Model, (o, v) => o with { Model = v }, ModelFlags.DeviceRows)
        .Group("Work")
        .Add("prompts", OptionValues.Integer, o => o.Prompts, (o, v) => o with { Prompts = v }, "random prompts")
        .Add("min_prompt_length", OptionValues.Integer, o => o.MinPromptLength,
            (o, v) => o with { MinPromptLength = v }, "tokens of the shortest prompt")
        .Add("max_prompt_length", OptionValues.Integer, o => o.MaxPromptLength,
            (o, v) => o with { MaxPromptLength = v }, "tokens of the longest prompt")
        .Add("max_new_tokens", OptionValues.Integer, o => o.MaxNewTokens, (o, v) => o with { MaxNewTokens = v },
            "tokens generated for each prompt; none ends early")
        .Add("num_beams", OptionValues.Integer, o => o.NumBeams, (o, v) => o with { NumBeams = v },
            "beams of the search; 1: greedy")
        .Add("per_device_eval_batch_size", OptionValues.OptionalInteger, o => o.PerDeviceEvalBatchSize,
            (o, v) => o with { PerDeviceEvalBatchSize = v }, "prompts at once", "by the free memory")
        .Group("Run")
        .Add("baseline", OptionValues.Switch, o => o.Baseline, (o, v) => o with { Baseline = v },
            "measure one prompt at a time too, run once for every beam, and compare the tokens")
        .Add("part", OptionValues.Choice<BenchPart>(), o => o.Part, (o, v) => o with { Part = v },
            "measure one part in this process and print what was measured; the command starts itself so")
        .Add("seed", OptionValues.Seed, o => o.Seed, (o, v) => o with { Seed = v }, "seed of weights and prompts")
        .Part(o => o.Model, (o, v) => o with { Model = v }, ModelFlags.ThreadRow)
        .Add("json", OptionValues.Switch, o => o.Json, (o, v) => o with { Json = v },
            "one JSON object on standard output and nothing else")
        .Part(o => o.Tables, (o, v) => o with { Tables = v }, TableFlags.Row);

    /// <summary>Everything that is wrong with the values and their combination; empty when nothing is.</summary>
    public IReadOnlyList<OptionProblem> Validate()
    {
        var problems = new OptionProblems();
        Model.CheckRun(problems);
        return problems
            .When(Dtypes.Count == 0 || Dtypes.Any(dtype => !KnownTypes.Contains(dtype)),
                $"--dtypes is '{string.Join(',', Dtypes)}'; expected some of {string.Join(", ", KnownTypes)}", "dtypes")
            .When(MaxPromptLength < MinPromptLength,
                $"--max_prompt_length {MaxPromptLength} is below --min_prompt_length {MinPromptLength}",
                "min_prompt_length", "max_prompt_length")
            .When(Part != BenchPart.All && (Model.ModelNameOrPath.Length == 0 || Dtypes.Count != 1),
                "--part needs --model_name_or_path and one of --dtypes", "part", "model_name_or_path", "dtypes")
            .AtLeast("prompts", Prompts, 1)
            .AtLeast("min_prompt_length", MinPromptLength, 1)
            .AtLeast("max_new_tokens", MaxNewTokens, 2)
            .AtLeast("num_beams", NumBeams, 1)
            .AtLeast("per_device_eval_batch_size", PerDeviceEvalBatchSize, 1)
            .AtLeast("seed", Seed, 0)
            .Found;
    }
}
