using LoNas.Cli.Flags;
using LoNas.Cli.Options;

namespace LoNas.Cli.Preview;

/// <summary>The options of <c>preview</c>.</summary>
internal sealed record PreviewOptions
{
    public ModelFlags Model { get; init; } = new();

    public ChatFlags Chat { get; init; } = new();

    /// <summary>The file of the conversation.</summary>
    public string? Messages { get; init; }

    /// <summary>Null: the model's.</summary>
    public string? BosToken { get; init; }

    /// <summary>Null: the model's.</summary>
    public string? EosToken { get; init; }

    public bool AddGenerationPrompt { get; init; }

    public bool Json { get; init; }

    /// <summary>The flags.</summary>
    public static OptionTable<PreviewOptions> Table { get; } = new OptionTable<PreviewOptions>(new PreviewOptions())
        .Group("Conversation")
        .Add("messages", OptionValues.Text("FILE"), o => o.Messages, (o, v) => o with { Messages = v },
            "JSON file of a conversation: a list of messages, or an object with 'messages' and 'tools'")
        .Add("add_generation_prompt", OptionValues.Switch, o => o.AddGenerationPrompt,
            (o, v) => o with { AddGenerationPrompt = v }, "end with what an answer begins with")
        .Part(o => o.Model, (o, v) => o with { Model = v }, ModelFlags.TemplateRows)
        .Group("Chat template")
        .Part(o => o.Chat, (o, v) => o with { Chat = v }, ChatFlags.Rows)
        .Add("bos_token", OptionValues.FreeText, o => o.BosToken, (o, v) => o with { BosToken = v },
            "the template's bos_token", "the model's")
        .Add("eos_token", OptionValues.FreeText, o => o.EosToken, (o, v) => o with { EosToken = v },
            "the template's eos_token", "the model's")
        .Group("Output")
        .Add("json", OptionValues.Switch, o => o.Json, (o, v) => o with { Json = v },
            "one JSON object on standard output: the text, and where in it, in UTF-16, the template says that the "
            + "assistant speaks");

    /// <summary>Everything that is wrong with the values and their combination; empty when nothing is.</summary>
    public IReadOnlyList<OptionProblem> Validate()
    {
        var problems = new OptionProblems();
        Model.CheckLocation(problems);
        Chat.Check(problems);
        return problems
            .Required("messages", Messages, "give the file of a conversation")
            .When(Model.ModelNameOrPath.Length == 0 && Chat.ChatTemplate is null,
                "--chat_template is missing: give a template, or with --model_name_or_path the model whose template "
                + "is meant",
                "chat_template", "model_name_or_path")
            .Found;
    }
}
