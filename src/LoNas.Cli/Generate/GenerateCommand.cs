using LoNas.Cli.Model;
using LoNas.Cli.Options;
using LoNas.Cli.Output;
using LoNas.Generation;
using LoNas.Text;

namespace LoNas.Cli.Generate;

/// <summary>Generates text from one prompt.</summary>
internal static class GenerateCommand
{
    /// <summary>The template that run-math asks with, so that its answers can be reproduced.</summary>
    private const int TemplateIndent = 28;

    public static CommandDefinition Definition { get; } = CommandDefinition.Create(
        "generate", "generate text with a model, an adapter or one of its sub-adapters",
        GenerateTable.Table, options => options.Validate(), Run);

    private static int Run(GenerateOptions options, ConsoleReporter console, CancellationToken cancel)
    {
        using var session = ModelSession.Open(
            new ModelRequest
            {
                ModelPath = options.ModelNameOrPath,
                ModelRevision = options.ModelRevision,
                Bf16 = options.Bf16,
                Fp16 = options.Fp16,
                Device = options.Device,
                Tf32 = options.Tf32,
                LoraWeights = options.LoraWeights,
                NncfConfig = options.NncfConfig,
                Seed = options.Seed,
                Threads = options.Threads,
                WithoutTokenizer = options.InputIds is not null,
            }.Located(console, cancel),
            console);
        using var active = session.Adapter.Use(ChosenSubAdapter.Of(
            session, options.SubAdapter, new FrontLimits(options.MaxMacs, options.MinAccuracy))?.SubAdapter);
        var prompt = Prompt(options, session);
        // An end token that cannot come would be ignored without a word.
        RequireTokens("--eos_token_id is", options.EosTokenId is { } eos ? [eos] : [], session);
        WarnIfLong(prompt.Length + options.MaxNewTokens, session, console);
        var generation = Settings(options, session);
        if (options.Json || options.InputIds is not null || options.NumReturnSequences > 1)
        {
            var sequences = TextGenerator.Generate(session.Model, prompt, generation, cancel: cancel);
            new GeneratedOutput(options, options.InputIds is null ? session.Tokenizer : null, console).Show(prompt, sequences);
        }
        else
        {
            Stream(prompt, options, generation, session, console, cancel);
        }

        return ExitCode.Success;
    }

    private static int[] Prompt(GenerateOptions options, ModelSession session)
    {
        if (options.InputIds is null)
        {
            return session.Tokenizer.Encode(options.Raw
                ? options.Prompt!
                : PromptTemplate.Evaluation(options.Prompt!, options.Input ?? "", TemplateIndent));
        }

        RequireTokens("--input_ids has", options.InputIds, session);
        return [.. options.InputIds];
    }

    private static void RequireTokens(string what, IEnumerable<int> ids, ModelSession session)
    {
        long vocabulary = session.Folder.Config.VocabularySize;
        int[] outside = [.. ids.Where(id => id < 0 || id >= vocabulary)];
        if (outside.Length > 0)
        {
            throw new ArgumentException(
                $"{what} {string.Join(", ", outside)}; the model's tokens are 0 to {vocabulary - 1}");
        }
    }

    private static GenerationOptions Settings(GenerateOptions options, ModelSession session) => new()
    {
        MaxNewTokens = options.MaxNewTokens,
        BeamCount = options.NumBeams,
        ReturnCount = options.NumReturnSequences,
        LengthPenalty = options.LengthPenalty,
        Length = options.BeamLength,
        EosIds = options.EosTokenId is { } only ? [only] : options.InputIds is null ? session.EosIds : [],
        Sampling = !options.DoSample ? null : new SamplingOptions
        {
            Temperature = options.Temperature,
            TopK = options.TopK,
            TopP = options.TopP,
            Seed = options.Seed,
        },
    };

    private static void Stream(
        int[] prompt,
        GenerateOptions options,
        GenerationOptions generation,
        ModelSession session,
        ConsoleReporter console,
        CancellationToken cancel)
    {
        // The prompt goes through the decoder too: what a token looks like depends on those before it.
        var text = new TokenStream(session.Tokenizer);
        foreach (int id in prompt)
        {
            text.Push(id);
        }

        bool started = options.Raw;
        Action<int>? onToken = options.NumBeams == 1 ? id => Show(text.Push(id)) : null;
        var sequence = TextGenerator.Generate(session.Model, prompt, generation, onToken, cancel)[0];
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

    private static void WarnIfLong(int tokens, ModelSession session, ConsoleReporter console)
    {
        if (tokens > session.Folder.Config.MaxPositions)
        {
            console.Warn($"prompt and new text take {tokens} tokens, which go past the {session.Folder.Config.MaxPositions} positions "
                + "the model was trained for");
        }
    }
}
