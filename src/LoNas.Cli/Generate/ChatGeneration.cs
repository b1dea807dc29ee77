using System.Text.Json;
using LoNas.Cli.Flags;
using LoNas.Cli.Model;
using LoNas.Cli.Output;
using LoNas.Generation;
using LoNas.Text.Chat;

namespace LoNas.Cli.Generate;

/// <summary>The answer to a message or a conversation.</summary>
internal static class ChatGeneration
{
    /// <summary>The conversation that is answered; null where the prompt is none.</summary>
    public static Conversation? Read(GenerateOptions options) =>
        options.Messages is { } file ? ConversationFile.Load(file)
        : options.Chat ? new Conversation([new ChatMessage(ChatMessage.User, options.Prompt!)])
        : null;

    /// <summary>Answers it.</summary>
    public static void Run(
        GenerateOptions options, Conversation conversation, ElasticModel model, ConsoleReporter console,
        CancellationToken cancel)
    {
        var generation = Settings(options, model, console);
        var template = ChatSession.TemplateOf(model, options.Template.ChatTemplate);
        var variables = Variables(options, conversation, model);
        var prompt = ChatPrompt.Of(model, template, conversation, variables);
        model.WarnIfLong(prompt.Ids.Count + generation.MaxNewTokens, console);
        if (generation is { BeamCount: 1, ReturnCount: 1 })
        {
            using var session = new ChatSession(model, template, generation, variables)
            {
                Tools = conversation.Tools,
            };
            conversation.Messages.ToList().ForEach(session.Messages.Add);
            Answer(options, session, prompt, console, cancel);
            return;
        }

        generation = generation.EosIds.Count > 0 ? generation : generation with { EosIds = prompt.EosIds };
        int[] ids = [.. prompt.Ids];
        var sequences = TextGenerator.Generate(model.Causal, ids, generation, cancel: cancel);
        new GeneratedOutput(options, model.Tokenizer, console, prompt.EndText).Show(ids, sequences);
    }

    /// <summary>
    /// Those of the flags come before the file's own, and these before those of the adapter's training.
    /// </summary>
    private static Dictionary<string, JsonElement> Variables(
        GenerateOptions options, Conversation conversation, ElasticModel model)
    {
        var variables = new Dictionary<string, JsonElement>(
            (new ChatFlags { Recorded = model.TrainedData }).Variables);
        foreach (var (name, value) in conversation.Variables.Concat(options.Template.Variables))
        {
            variables[name] = value;
        }

        return variables;
    }

    private static void Answer(
        GenerateOptions options, ChatSession session, ChatPrompt prompt, ConsoleReporter console,
        CancellationToken cancel)
    {
        var answer = session.Answer(options.Json ? null : console.Write, cancel);
        if (answer.Ending == ChatEnding.Stopped)
        {
            cancel.ThrowIfCancellationRequested();
        }

        if (options.Json)
        {
            GeneratedOutput.ShowJson(
                [new GeneratedSequence([.. prompt.Ids, .. answer.Ids], 0)], [answer.Text], console);
        }
        else
        {
            console.Line();
        }
    }

    private static GenerationOptions Settings(GenerateOptions options, ElasticModel model, ConsoleReporter console)
    {
        // Beams take the best tokens, whatever the model's file says of drawing.
        var sampling = options.NumBeams > 1 ? options.Sampling with { DoSample = false } : options.Sampling;
        var found = ModelSampling.Of(sampling, model, GenerateOptions.UsualLength, options.Seed, console);
        return options.Searched(found) with { EosIds = options.EosTokenId is { } only ? [only] : [] };
    }
}
