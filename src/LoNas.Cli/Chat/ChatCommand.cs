using LoNas.Cli.Model;
using LoNas.Cli.Options;
using LoNas.Cli.Output;
using LoNas.Generation;

namespace LoNas.Cli.Chat;

/// <summary>Talks with a model.</summary>
internal static class ChatCommand
{
    public static CommandDefinition Definition { get; } = CommandDefinition.Create(
        "chat", "talk with a model, an adapter or its sub-adapters in the terminal",
        () => ChatOptions.Table, options => options.Validate(), Run,
        new(
            "after the quickstart, in a template that every tokenizer can write; /help lists the commands",
            "./lonas chat --model_name_or_path samples/model --lora_weights out/quickstart --sub_adapter heuristic"
            + " --chat_template chatml"),
        new(
            "one answer for each line of a file",
            "cat questions.txt | ./lonas chat --model_name_or_path samples/model --chat_template chatml"
            + " --max_new_tokens 20 --system \"Answer with a number.\""));

    private static int Run(ChatOptions options, ConsoleReporter console, CancellationToken cancel)
    {
        using var model = ModelOpening.OpenCausal(
            options.Model.Opening(options.Adapter) with { Seed = options.Seed }, console, cancel);
        var generation = ModelSampling.Of(options.Sampling, model, ChatOptions.UsualLength, options.Seed, console);
        var template = ChatSession.TemplateOf(model, options.Template.ChatTemplate);
        using var session = new ChatSession(
            model, template, generation, (options.Template with { Recorded = model.TrainedData }).Variables);
        var turns = new ChatTurns(session, model, console, cancel);
        new ChatLoop(turns, new ChatWords(session, model, options, turns, console), console).Run(options.System);
        return ExitCode.Success;
    }
}
