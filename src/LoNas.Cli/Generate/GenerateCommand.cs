using LoNas.Cli.Model;
using LoNas.Cli.Options;
using LoNas.Cli.Output;
using LoNas.Generation;
using LoNas.Text;

namespace LoNas.Cli.Generate;

/// <summary>Generates text from one prompt.</summary>
internal static class GenerateCommand
{
    public static CommandDefinition Definition { get; } = CommandDefinition.Create(
        "generate", "generate text with a model, an adapter or one of its sub-adapters",
        () => GenerateOptions.Table, options => options.Validate(), Run,
        new(
            "after the quickstart, with its heuristic sub-adapter",
            "./lonas generate --model_name_or_path samples/model --lora_weights out/quickstart"
            + " --sub_adapter heuristic --prompt \"Amy found 25 toys and sold 19 of them. How many toys are left?\""),
        new(
            "three samples that go on from a text",
            "./lonas generate --model_name_or_path samples/model --raw --prompt \"Tom has 3 apples.\""
            + " --do_sample --temperature 0.8 --num_return_sequences 3 --max_new_tokens 20"),
        new(
            "an answer to a message, in a chat template",
            "./lonas generate --model_name_or_path samples/model --chat --chat_template chatml"
            + " --prompt \"How many toys are left?\" --max_new_tokens 20"));

    private static int Run(GenerateOptions options, ConsoleReporter console, CancellationToken cancel)
    {
        var conversation = ChatGeneration.Read(options);
        using var model = ModelOpening.OpenCausal(
            options.Model.Opening(options.Adapter) with
            {
                Seed = options.Seed,
                NeedsTokenizer = options.InputIds is null,
            },
            console, cancel);
        // An end token that cannot come would be ignored without a word.
        RequireTokens("--eos_token_id is", options.EosTokenId is { } eos ? [eos] : [], model);
        if (conversation is not null)
        {
            ChatGeneration.Run(options, conversation, model, console, cancel);
            return ExitCode.Success;
        }

        var prompt = Prompt(options, model);
        var generation = Settings(options, model);
        model.WarnIfLong(prompt.Length + generation.MaxNewTokens, console);
        if (options.Json || options.InputIds is not null || options.NumReturnSequences > 1)
        {
            var sequences = TextGenerator.Generate(model.Causal, prompt, generation, cancel: cancel);
            new GeneratedOutput(options, options.InputIds is null ? model.Tokenizer : null, console)
                .Show(prompt, sequences);
        }
        else
        {
            Stream(prompt, options, generation, model, console, cancel);
            NextSteps.Of(model, options.Model, options.Adapter).ShowBeside(console);
        }

        return ExitCode.Success;
    }

    private static int[] Prompt(GenerateOptions options, ElasticModel model)
    {
        if (options.InputIds is null)
        {
            return model.Tokenizer.Encode(options.Raw
                ? options.Prompt!
                : PromptTemplate.Evaluation(options.Prompt!, options.Input ?? "", PromptTemplate.MathIndent));
        }

        RequireTokens("--input_ids has", options.InputIds, model);
        return [.. options.InputIds];
    }

    private static void RequireTokens(string what, IEnumerable<int> ids, ElasticModel model)
    {
        long vocabulary = model.Folder.Config.VocabularySize;
        int[] outside = [.. ids.Where(id => id < 0 || id >= vocabulary)];
        if (outside.Length > 0)
        {
            throw new ArgumentException(
                $"{what} {string.Join(", ", outside)}; the model's tokens are 0 to {vocabulary - 1}");
        }
    }

    private static GenerationOptions Settings(GenerateOptions options, ElasticModel model) => options.Searched(
        options.Sampling.Settings(new GenerationDefaults(), GenerateOptions.UsualLength, options.Seed)) with
    {
        EosIds = options.EosTokenId is { } only ? [only] : options.InputIds is null ? model.EosIds : [],
    };

    private static void Stream(
        int[] prompt,
        GenerateOptions options,
        GenerationOptions generation,
        ElasticModel model,
        ConsoleReporter console,
        CancellationToken cancel)
    {
        // The prompt goes through the decoder too: what a token looks like depends on those before it.
        var text = new TokenStream(model.Tokenizer);
        foreach (int id in prompt)
        {
            text.Push(id);
        }

        bool started = options.Raw;
        Action<int>? onToken = options.NumBeams == 1 ? id => Show(text.Push(id)) : null;
        var sequence = TextGenerator.Generate(model.Causal, prompt, generation, onToken, cancel)[0];
        foreach (int id in options.NumBeams == 1 ? [] : sequence.Ids.Skip(prompt.Length))
        {
            Show(text.Push(id));
        }

        Show(text.Flush());
        console.Line();

        void Show(string piece)
        {
            // After the template's indent the answer begins with the space of its first word.
            piece = started ? piece : piece.TrimStart();
            started |= piece.Length > 0;
            console.Write(piece);
        }
    }
}
