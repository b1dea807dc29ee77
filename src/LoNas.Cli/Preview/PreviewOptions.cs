using LoNas.Cli.Flags;
using LoNas.Cli.Options;

namespace LoNas.Cli.Preview;

/// <summary>The options of <c>preview</c>.</summary>
internal sealed record PreviewOptions
{
    public ModelFlags Model { get; init; } = new();

    /// <summary>The adapter whose training says how records are read; null: the flags alone.</summary>
    public string? LoraWeights { get; init; }

    /// <summary>The records of a data set, and how they are read.</summary>
    public RecordFlags Records { get; init; } = new();

    /// <summary>Which record, from 1.</summary>
    public int Record { get; init; } = 1;

    /// <summary>The file of a conversation, in place of a data set.</summary>
    public string? Messages { get; init; }

    /// <summary>Null: the model's.</summary>
    public string? BosToken { get; init; }

    /// <summary>Null: the model's.</summary>
    public string? EosToken { get; init; }

    public bool AddGenerationPrompt { get; init; }

    public bool Json { get; init; }

    /// <summary>The flags.</summary>
    public static OptionTable<PreviewOptions> Table { get; } = new OptionTable<PreviewOptions>(new PreviewOptions())
        .Part(o => o.Model, (o, v) => o with { Model = v }, ModelFlags.TemplateRows)
        .Add("lora_weights", OptionValues.Text("DIR"), o => o.LoraWeights, (o, v) => o with { LoraWeights = v },
            "PEFT folder of an adapter: its records are read as they were in its training")
        .Part(o => o.Records, (o, v) => o with { Records = v }, rows =>
        {
            RecordFlags.SourceRows(rows);
            RecordFlags.EncodingRows(rows);
        })
        .Add("record", OptionValues.Integer, o => o.Record, (o, v) => o with { Record = v },
            "which record of --dataset_path is shown, from 1")
        .Group("A conversation alone")
        .Add("messages", OptionValues.Text("FILE"), o => o.Messages, (o, v) => o with { Messages = v },
            "JSON file of a conversation in place of --dataset_path: a list of messages, or an object with 'messages' "
            + "and 'tools'; its text alone is printed")
        .Add("add_generation_prompt", OptionValues.Switch, o => o.AddGenerationPrompt,
            (o, v) => o with { AddGenerationPrompt = v }, "end with what an answer begins with")
        .Add("bos_token", OptionValues.FreeText, o => o.BosToken, (o, v) => o with { BosToken = v },
            "the template's bos_token", "the model's")
        .Add("eos_token", OptionValues.FreeText, o => o.EosToken, (o, v) => o with { EosToken = v },
            "the template's eos_token", "the model's")
        .Group("Output")
        .Add("json", OptionValues.Switch, o => o.Json, (o, v) => o with { Json = v },
            "one JSON object on standard output: the tokens and which are learned; with --messages the text, and where "
            + "in it, in UTF-16, the template says that the assistant speaks");

    /// <summary>Everything that is wrong with the values and their combination; empty when nothing is.</summary>
    public IReadOnlyList<OptionProblem> Validate()
    {
        var problems = new OptionProblems();
        Model.CheckLocation(problems);
        Records.Check(problems);
        return problems
            .When(Messages is null && Records.DatasetPath.Count == 0,
                "--dataset_path is missing: give records, or with --messages the file of a conversation",
                "dataset_path", "messages")
            .When(Messages is not null && Records.DatasetPath.Count > 0,
                "--messages and --dataset_path exclude each other; give one", "messages", "dataset_path")
            .When(Messages is not null && Model.ModelNameOrPath.Length == 0 && Records.Chat.ChatTemplate is null,
                "--chat_template is missing: give a template, or with --model_name_or_path the model whose template "
                + "is meant",
                "chat_template", "model_name_or_path")
            .When(Messages is null && Model.ModelNameOrPath.Length == 0,
                "--model_name_or_path is missing: give the model whose tokens are shown", "model_name_or_path")
            .When(Messages is null && (BosToken ?? EosToken) is not null,
                "--bos_token and --eos_token need --messages: a model's tokens are its own", "bos_token", "eos_token",
                "messages")
            .When(Messages is null && AddGenerationPrompt,
                "--add_generation_prompt needs --messages: what is trained on ends with an answer",
                "add_generation_prompt", "messages")
            .When(Messages is not null && (Record != 1 || LoraWeights is not null),
                "--record and --lora_weights need --dataset_path: --messages is one conversation", "record",
                "lora_weights", "messages")
            .AtLeast("record", Record, 1)
            .Found;
    }
}
