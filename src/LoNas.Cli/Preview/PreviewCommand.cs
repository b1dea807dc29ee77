using System.Text.Json.Nodes;
using LoNas.Cli.Model;
using LoNas.Cli.Options;
using LoNas.Cli.Output;
using LoNas.Hub;
using LoNas.Storage;
using LoNas.Text.Chat;

namespace LoNas.Cli.Preview;

/// <summary>Shows a conversation, or a record of a data set, as a model reads it.</summary>
internal static class PreviewCommand
{
    public static CommandDefinition Definition { get; } = CommandDefinition.Create(
        "preview", "show a record or a conversation as a model reads it",
        () => PreviewOptions.Table, options => options.Validate(), Run,
        new(
            "the second conversation of the sample as tokens, and which of them are learned",
            "./lonas preview --model_name_or_path samples/model --chat_template samples/chat.jinja"
            + " --dataset_path samples/chat.jsonl --record 2"),
        new(
            "a conversation in ChatML, without a model",
            "./lonas preview --messages conversation.json --chat_template chatml"),
        new(
            "what a model of the hub is asked, with the beginning of its answer",
            "./lonas preview --messages conversation.json --model_name_or_path Qwen/Qwen3-0.6B"
            + " --add_generation_prompt"));

    private static int Run(PreviewOptions options, ConsoleReporter console, CancellationToken cancel)
    {
        if (options.Messages is null)
        {
            RecordPreview.Show(options, console, cancel);
            return ExitCode.Success;
        }

        var conversation = ConversationFile.Load(options.Messages!);
        var template = Template(options, console, cancel).WithTokens(options.BosToken, options.EosToken);
        var rendered = template.Render(conversation, options.AddGenerationPrompt, options.Records.Chat.Variables);
        if (options.Json)
        {
            console.Verbatim(ToJson(rendered).ToJsonString());
        }
        else
        {
            // The text alone: what follows it would be part of it.
            console.Write(rendered.Text);
        }

        return ExitCode.Success;
    }

    private static ChatTemplate Template(PreviewOptions options, ConsoleReporter console, CancellationToken cancel)
    {
        var folder = options.Model.ModelNameOrPath.Length == 0
            ? null
            : ModelOpening.Locate(options.Model, HubContent.Tokenizer, console, cancel);
        if (folder is not null)
        {
            InputPath.RequireFolder(folder, "model");
        }

        return options.Records.Chat.Template(folder) ?? throw ChatTemplate.Missing(options.Model.ModelNameOrPath);
    }

    private static JsonObject ToJson(RenderedChat rendered) => new()
    {
        ["text"] = rendered.Text,
        ["answers"] = new JsonArray(
            [.. rendered.Answers.Select(answer => (JsonNode)new JsonArray(answer.Start, answer.End))]),
    };
}
