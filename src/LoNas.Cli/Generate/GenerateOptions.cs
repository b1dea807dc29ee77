using LoNas.Cli.Flags;
using LoNas.Cli.Options;
using LoNas.Generation;

namespace LoNas.Cli.Generate;

/// <summary>The options of <c>generate</c>.</summary>
internal sealed record GenerateOptions
{
    public ModelFlags Model { get; init; } = new();

    public AdapterFlags Adapter { get; init; } = new();

    /// <summary>Null with <see cref="InputIds"/>; empty means the start token alone.</summary>
    public string? Prompt { get; init; }

    public string? Input { get; init; }

    public bool Raw { get; init; }

    /// <summary>The prompt as tokens; null: <see cref="Prompt"/> is encoded.</summary>
    public IReadOnlyList<int>? InputIds { get; init; }

    public int MaxNewTokens { get; init; } = 128;

    public int NumBeams { get; init; } = 1;

    public int NumReturnSequences { get; init; } = 1;

    public double LengthPenalty { get; init; } = 1;

    public BeamLength BeamLength { get; init; } = BeamLength.Whole;

    /// <summary>Null: the tokenizer's, or none without one.</summary>
    public int? EosTokenId { get; init; }

    public bool DoSample { get; init; }

    public double Temperature { get; init; } = 1;

    public int TopK { get; init; } = 50;

    public double TopP { get; init; } = 1;

    public bool Json { get; init; }

    public long Seed { get; init; } = 42;

    /// <summary>The flags.</summary>
    public static OptionTable<GenerateOptions> Table { get; } = Build();

    /// <summary>Everything that is wrong with the values and their combination; empty when nothing is.</summary>
    public IReadOnlyList<OptionProblem> Validate()
    {
        var problems = new OptionProblems();
        Model.Check(problems);
        Adapter.Check(problems);
        CheckPrompt(problems);
        CheckGeneration(problems);
        return problems.AtLeast("seed", Seed, 0).Found;
    }

    private static OptionTable<GenerateOptions> Build()
    {
        var table = new OptionTable<GenerateOptions>(new GenerateOptions())
            .Part(o => o.Model, (o, v) => o with { Model = v }, ModelFlags.Rows)
            .Part(o => o.Adapter, (o, v) => o with { Adapter = v }, AdapterFlags.Rows);
        AddPrompt(table);
        AddGeneration(table);
        AddRun(table);
        return table;
    }

    private static void AddPrompt(OptionTable<GenerateOptions> table) => table
        .Group("Prompt")
        .Add("prompt", OptionValues.FreeText, o => o.Prompt, (o, v) => o with { Prompt = v },
            "the instruction, or with --raw the text to go on from; \"\" with --raw: the start token alone. Needed "
            + "unless --input_ids is given")
        .Add("input", OptionValues.FreeText, o => o.Input, (o, v) => o with { Input = v },
            "the instruction's input, if it has one")
        .Add("raw", OptionValues.Switch, o => o.Raw, (o, v) => o with { Raw = v },
            "no instruction template; only the new text on standard output")
        .Add("input_ids", OptionValues.Integers, o => o.InputIds, (o, v) => o with { InputIds = v },
            "the whole prompt as token ids, such as 5,17,9; the model's folder then needs no tokenizer");

    private static void AddGeneration(OptionTable<GenerateOptions> table) => table
        .Group("Generation")
        .Add("max_new_tokens", OptionValues.Integer, o => o.MaxNewTokens, (o, v) => o with { MaxNewTokens = v },
            "most tokens generated")
        .Add("num_beams", OptionValues.Integer, o => o.NumBeams, (o, v) => o with { NumBeams = v },
            "beams of the search; 1: greedy")
        .Add("num_return_sequences", OptionValues.Integer, o => o.NumReturnSequences,
            (o, v) => o with { NumReturnSequences = v },
            "sequences written, best first; at most --num_beams, or samples")
        .Add("length_penalty", OptionValues.Number, o => o.LengthPenalty, (o, v) => o with { LengthPenalty = v },
            "exponent of the length by which beam scores are divided")
        .Add("beam_length", OptionValues.Choice<BeamLength>(), o => o.BeamLength, (o, v) => o with { BeamLength = v },
            "the tokens that length counts: the whole sequence, as in Transformers 4.31, "
            + "or the generated ones, as in 4.47")
        .Add("eos_token_id", OptionValues.OptionalInteger, o => o.EosTokenId, (o, v) => o with { EosTokenId = v },
            "token that ends a sequence", "the tokenizer's; none with --input_ids")
        .Group("Sampling")
        .Add("do_sample", OptionValues.Switch, o => o.DoSample, (o, v) => o with { DoSample = v },
            "draw tokens instead of taking the best; --seed sets the draws")
        .Add("temperature", OptionValues.Number, o => o.Temperature, (o, v) => o with { Temperature = v },
            "below 1 sharpens, above 1 flattens the distribution")
        .Add("top_k", OptionValues.Integer, o => o.TopK, (o, v) => o with { TopK = v },
            "draw from the best so many tokens; 0: all")
        .Add("top_p", OptionValues.Number, o => o.TopP, (o, v) => o with { TopP = v },
            "draw from the fewest best tokens whose probabilities reach this sum");

    private static void AddRun(OptionTable<GenerateOptions> table) => table
        .Group("Run")
        .Add("seed", OptionValues.Seed, o => o.Seed, (o, v) => o with { Seed = v }, "seed of random numbers")
        .Part(o => o.Model, (o, v) => o with { Model = v }, ModelFlags.ThreadRow)
        .Add("json", OptionValues.Switch, o => o.Json, (o, v) => o with { Json = v },
            "one JSON object on standard output: sequences of token ids, prompt included, and their scores");

    private void CheckPrompt(OptionProblems problems) => problems
        .When(Prompt is null && InputIds is null,
            "--prompt is missing: give the text to go on from, or \"\" for none; or tokens with --input_ids",
            "prompt", "input_ids")
        .When(Prompt is not null && InputIds is not null,
            "--prompt and --input_ids exclude each other; give one", "prompt", "input_ids")
        .When(InputIds is not null && (Raw || !string.IsNullOrEmpty(Input)),
            "--raw and --input have no place beside --input_ids, which are the whole prompt; leave them out",
            "input_ids", "raw", "input")
        .When(InputIds?.Count == 0, "--input_ids is empty; give at least one token, such as 1", "input_ids")
        .When(Raw && !string.IsNullOrEmpty(Input), "--input has no place in a --raw prompt; leave one out", "raw",
            "input");

    private void CheckGeneration(OptionProblems problems) => problems
        .AtLeast("max_new_tokens", MaxNewTokens, 1)
        .AtLeast("num_beams", NumBeams, 1)
        .AtLeast("num_return_sequences", NumReturnSequences, 1)
        .When(!DoSample && NumReturnSequences > NumBeams,
            $"--num_return_sequences {NumReturnSequences} exceeds --num_beams {NumBeams}; raise --num_beams, or give "
            + "--do_sample",
            "num_return_sequences", "num_beams", "do_sample")
        .When(DoSample && NumBeams > 1, "--do_sample takes --num_beams 1", "do_sample", "num_beams")
        .When(!DoSample && (Temperature != 1 || TopK != 50 || TopP != 1),
            "--temperature, --top_k and --top_p need --do_sample", "do_sample", "temperature", "top_k", "top_p")
        .AtLeast("eos_token_id", EosTokenId, 0)
        .Positive("temperature", Temperature)
        .AtLeast("top_k", TopK, 0)
        .Positive("top_p", TopP)
        .When(TopP > 1, $"--top_p is {TopP}; expected at most 1", "top_p");
}
