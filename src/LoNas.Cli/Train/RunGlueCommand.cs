using LoNas.Cli.Flags;
using LoNas.Cli.Options;

namespace LoNas.Cli.Train;

/// <summary>
/// Trains a super-adapter of a classifier on a task of GLUE, and searches and judges its sub-adapters.
/// </summary>
internal static class RunGlueCommand
{
    public static CommandDefinition Definition { get; } = CommandDefinition.Create(
        "run-glue", "train an elastic LoRA adapter of BERT on a task of GLUE or your own texts",
        () => RunOptions.GlueTable, options => options.Validate(), (options, console, cancel) =>
            RunMathCommand.Run(options, new("run-glue", RunOptions.GlueTable, Suite: null), console, cancel),
        new(
            "the published run on MRPC",
            "./lonas run-glue --task_name mrpc --model_name_or_path bert-base-uncased --do_train --do_eval --do_search"
            + " --per_device_train_batch_size 32 --per_device_eval_batch_size 64 --num_train_epochs 35"
            + " --output_dir out/mrpc --logging_steps 20 --evaluation_strategy epoch --save_strategy epoch"
            + " --save_total_limit 2 --lora --lora_r 8 --lora_alpha 16 --lora_dropout 0.1 --warmup_ratio 0.06 --seed 0"
            + " --weight_decay 0.1 --target_modules query,value"
            + " --nncf_config configs/glue/nncf_lonas_bert_base_mrpc.json"),
        new(
            "the best sub-adapter that it found, on the test texts",
            "./lonas run-glue --task_name mrpc --model_name_or_path bert-base-uncased --lora --lora_weights out/mrpc"
            + " --sub_adapter out/mrpc/subnetwork_best.json --do_eval --do_predict --output_dir out/mrpc-best"),
        new(
            "texts of your own: a column label, and one or two with texts",
            "./lonas run-glue --train_file reviews.csv --validation_file held_out.csv"
            + " --model_name_or_path bert-base-uncased --lora --do_train --do_eval --pad_to_max_length False"
            + " --output_dir out/reviews"));
}
