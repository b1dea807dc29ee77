using LoNas.Cli.Flags;
using LoNas.Cli.Options;
using LoNas.Generation;

namespace LoNas.Cli.Generate;

/// <summary>The options of <c>generate</c>.</summary>
internal sealed record GenerateOptions
{
    /// <summary>Most new tokens where nothing says how many.</summary>
    public const int UsualLength = 128;

    public ModelFlags Model { get; init; } = new();

    public AdapterFlags Adapter { get; init; } = new();

    /// <summary>Null with <see cref="InputIds"/>; empty means the start token alone.</summary>
    public string? Prompt { get; init; }

    public string? Input { get; init; }

    public bool Raw { get; init; }

    /// <summary>The prompt as tokens; null: <see cref="Prompt"/> is encoded.</summary>
    public IReadOnlyList<int>? InputIds { get; init; }

    /// <summary>The conversation that is answered; null for none.</summary>
    public string? Messages { get; init; }

    /// <summary>Whether <see cref="Prompt"/> is a message of a chat.</summary>
    public bool Chat { get; init; }

    public ChatFlags Template { get; init; } = new();

    public SamplingFlags Sampling { get; init; } = new();

    public int NumBeams { get; init; } = 1;

    public int NumReturnSequences { get; init; } = 1;

    public double LengthPenalty { get; init; } = 1;

    public BeamLength BeamLength { get; init; } = BeamLength.Whole;

    /// <summary>Null: the tokenizer's, or none without one.</summary>
    public int? EosTokenId { get; init; }

    public bool Json { get; init; }

    public long Seed { get; init; } = 42;

    /// <summary>Whether a chat template makes the prompt.</summary>
    public bool IsChat => Chat || Messages is not null;

    /// <summary>The flags.</summary>
    public static OptionTable<GenerateOptions> Table { get; } = Build();

    /// <summary>Everything that is wrong with the values and their combination; empty when nothing is.</summary>
    public IReadOnlyList<OptionProblem> Validate()
    {
        var problems = new OptionProblems();
        Model.Check(problems);
        Adapter.Check(problems);
        CheckPrompt(problems);
        Template.Check(problems);
        Sampling.Check(problems, draws: IsChat);
        CheckGeneration(problems);
        return problems.AtLeast("seed", Seed, 0).Found;
    }

    /// <summary>How sequences are searched for, and how many are given.</summary>
    public GenerationOptions Searched(GenerationOptions generation) => generation with
    {
        BeamCount = NumBeams,
        ReturnCount = NumReturnSequences,
        LengthPenalty = LengthPenalty,
        Length = BeamLength,
    };

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
            "the whole prompt as token ids, such as 5,17,9; the model's folder then needs no tokenizer")
        .Add("chat", OptionValues.Switch, o => o.Chat, (o, v) => o with { Chat = v },
            "the prompt is a message that the model's chat template makes its text of")
        .Add("messages", OptionValues.Text("FILE"), o => o.Messages, (o, v) => o with { Messages = v },
            "a conversation to answer: JSON, a list of messages with role and content, or an object with such a list "
            + "as messages, and tools")
        .Part(o => o.Template, (o, v) => o with { Template = v }, ChatFlags.Rows);

    private static void AddGeneration(OptionTable<GenerateOptions> table) => table
        .Group("Generation")
        .Part(o => o.Sampling, (o, v) => o with { Sampling = v },
            rows => SamplingFlags.LengthRow(rows, $"{UsualLength}; of a chat generation_config.json's"))
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
        .Part(o => o.Sampling, (o, v) => o with { Sampling = v }, rows => SamplingFlags.Rows(rows));

    private static void AddRun(OptionTable<GenerateOptions> table) => table
        .Group("Run")
        .Add("seed", OptionValues.Seed, o => o.Seed, (o, v) => o with { Seed = v }, "seed of random numbers")
        .Part(o => o.Model, (o, v) => o with { Model = v }, ModelFlags.ThreadRow)
        .Add("json", OptionValues.Switch, o => o.Json, (o, v) => o with { Json = v },
            "one JSON object on standard output: sequences of token ids, prompt included, and their scores");

    private void CheckPrompt(OptionProblems problems) => problems
        .When(Prompt is null && InputIds is null && Messages is null,
            "--prompt is missing: give the text to go on from, or \"\" for none; or tokens with --input_ids, or a "
            + "conversation with --messages",
            "prompt", "input_ids", "messages")
        .When(IsChat && (Raw || InputIds is not null || !string.IsNullOrEmpty(Input)),
            $"--raw, --input and --input_ids have no place beside --{(Chat ? "chat" : "messages")}, whose prompt the "
            + "chat template makes; leave them out",
            "chat", "messages", "raw", "input", "input_ids")
        .When(Messages is not null && Prompt is not null,
            "--prompt and --messages exclude each other; give one, or the prompt as the last message of the file",
            "prompt", "messages")
        .When(Chat && Messages is not null,
            "--chat makes a message of --prompt and has no place beside --messages; leave it out", "chat", "messages")
        .When((Template.ChatTemplate ?? Template.ChatTemplateKwargs) is not null && !IsChat,
            "--chat_template and --chat_template_kwargs need --chat or --messages", "chat_template",
            "chat_template_kwargs", "chat", "messages")
        .When(Prompt is not null && InputIds is not null,
            "--prompt and --input_ids exclude each other; give one", "prompt", "input_ids")
        .When(InputIds is not null && (Raw || !string.IsNullOrEmpty(Input)),
            "--raw and --input have no place beside --input_ids, which are the whole prompt; leave them out",
            "input_ids", "raw", "input")
        .When(InputIds?.Count == 0, "--input_ids is empty; give at least one token, such as 1", "input_ids")
        .When(Raw && !string.IsNullOrEmpty(Input), "--input has no place in a --raw prompt; leave one out", "raw",
            "input");

    private void CheckGeneration(OptionProblems problems) => problems
        .AtLeast("num_beams", NumBeams, 1)
        .AtLeast("num_return_sequences", NumReturnSequences, 1)
        // Of a chat the model's file may say that tokens are drawn.
        .When(Sampling.DoSample != true && !(IsChat && Sampling.DoSample is null) && NumReturnSequences > NumBeams,
            $"--num_return_sequences {NumReturnSequences} exceeds --num_beams {NumBeams}; raise --num_beams, or give "
            + "--do_sample",
            "num_return_sequences", "num_beams", "do_sample")
        .When(Sampling.DoSample == true && NumBeams > 1, "--do_sample takes --num_beams 1", "do_sample", "num_beams")
        .AtLeast("eos_token_id", EosTokenId, 0);
}
