using LoNas.Cli.Flags;
using LoNas.Cli.Options;

namespace LoNas.Cli.Train;

/// <summary>Trains a super-adapter on conversations, instructions or texts of the user's own.</summary>
internal static class TrainCommand
{
    public static CommandDefinition Definition { get; } = CommandDefinition.Create(
        "train", "train an elastic LoRA adapter on your own conversations or texts",
        () => RunOptions.TrainTable, options => options.Validate(), (options, console, cancel) =>
            RunMathCommand.Run(options, new("train", RunOptions.TrainTable, Suite: null), console, cancel),
        new(
            "train the sample model on the sample conversations",
            "./lonas train --model_name_or_path samples/model --dataset_path samples/chat.jsonl"
            + " --chat_template samples/chat.jinja --nncf_config samples/nncf_lonas_chat.json --output_dir out/chat"),
        new(
            "a chat model of the hub, by its own template, on a file of its users",
            "./lonas train --model_name_or_path Qwen/Qwen3-0.6B --dataset_path chats.jsonl --val_set_size 100"
            + " --do_eval --num_train_epochs 2 --output_dir out/qwen3-chats"));
}
