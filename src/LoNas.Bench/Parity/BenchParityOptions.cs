using LoNas.Bench.Generate;
using LoNas.Cli.Flags;
using LoNas.Cli.Options;

namespace LoNas.Bench.Parity;

/// <summary>The options of <c>bench parity</c>.</summary>
internal sealed record BenchParityOptions
{
    /// <summary>The model and where it runs; without a name the quickstart's, which comes with the program.</summary>
    public ModelFlags Model { get; init; } = new();

    /// <summary>Null: a random adapter.</summary>
    public string? LoraWeights { get; init; }

    public string Prompt { get; init; } = "Amy found 25 toys and sold 19 of them. How many toys are left?";

    public int MaxNewTokens { get; init; } = 24;

    public IReadOnlyList<string> Dtypes { get; init; } = BenchGenerateOptions.KnownTypes;

    public long Seed { get; init; } = 42;

    public bool Json { get; init; }

    /// <summary>The flags.</summary>
    public static OptionTable<BenchParityOptions> Table { get; } =
        new OptionTable<BenchParityOptions>(new BenchParityOptions())
        .Part(o => o.Model, (o, v) => o with { Model = v }, rows => ModelFlags.NameRow(
            rows, "DIR", "Hugging Face folder, with its tokenizer", "the quickstart's"))
        .Add("lora_weights", OptionValues.Text("DIR"), o => o.LoraWeights, (o, v) => o with { LoraWeights = v },
            "trained adapter", "a random one on every linear layer")
        .Add("dtypes", TypeNames.Several, o => o.Dtypes, (o, v) => o with { Dtypes = v },
            "element types to check, one after another")
        .Part(o => o.Model, (o, v) => o with { Model = v }, ModelFlags.DeviceRows)
        .Group("Work")
        .Add("prompt", OptionValues.FreeText, o => o.Prompt, (o, v) => o with { Prompt = v ?? "" },
            "what greedy decoding goes on from")
        .Add("max_new_tokens", OptionValues.Integer, o => o.MaxNewTokens, (o, v) => o with { MaxNewTokens = v },
            "tokens generated")
        .Group("Run")
        .Add("seed", OptionValues.Seed, o => o.Seed, (o, v) => o with { Seed = v },
            "seed of the tokens and of a random adapter")
        .Part(o => o.Model, (o, v) => o with { Model = v }, ModelFlags.ThreadRow)
        .Add("json", OptionValues.Switch, o => o.Json, (o, v) => o with { Json = v },
            "one JSON object on standard output and nothing else");

    /// <summary>Everything that is wrong with the values; empty when nothing is.</summary>
    public IReadOnlyList<OptionProblem> Validate()
    {
        var problems = new OptionProblems();
        Model.CheckRun(problems);
        return problems
            .When(Dtypes.Count == 0 || Dtypes.Any(dtype => !BenchGenerateOptions.KnownTypes.Contains(dtype)),
                $"--dtypes is '{string.Join(',', Dtypes)}'; expected some of "
                + string.Join(", ", BenchGenerateOptions.KnownTypes),
                "dtypes")
            .AtLeast("max_new_tokens", MaxNewTokens, 1)
            .AtLeast("seed", Seed, 0)
            .Found;
    }
}
