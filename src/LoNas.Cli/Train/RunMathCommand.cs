using LoNas.Cli.Flags;
using LoNas.Cli.Options;
using LoNas.Cli.Output;
using LoNas.Cli.Ranks;
using LoNas.Evaluation;

namespace LoNas.Cli.Train;

/// <summary>Trains a super-adapter on instructions and tests a sub-adapter on a suite of sets.</summary>
internal static class RunMathCommand
{
    public static CommandDefinition Definition { get; } = CommandDefinition.Create(
        "run-math", "train an elastic LoRA adapter and test it on math word problems",
        () => RunOptions.Table, options => options.Validate(), (options, console, cancel) =>
            Run(options, new("run-math", RunOptions.Table, TaskSuite.Math), console, cancel),
        new(
            "what a training on the sample data would do, before it is done",
            "./lonas run-math --model_name_or_path samples/model --lora"
            + " --nncf_config samples/nncf_lonas_quickstart.json --task_file samples/word_problems.json --dry_run"),
        new(
            "train on the sample data and test the heuristic sub-adapter",
            "./lonas run-math --model_name_or_path samples/model --lora"
            + " --nncf_config samples/nncf_lonas_quickstart.json --task_file samples/word_problems.json"
            + " --val_set_size 48 --train_on_inputs False"
            + " --per_device_train_batch_size 16 --do_train --do_test --num_beams 1 --output_dir out/words"),
        new(
            "the published run",
            "./lonas run-math --model_name_or_path yahma/llama-7b-hf --lora --lora_dropout 0.1"
            + " --nncf_config configs/unified_math/nncf_lonas_llama_7b.json --dataset_path datasets/math_10k.json"
            + " --num_train_epochs 6"
            + " --per_device_train_batch_size 4 --gradient_accumulation_steps 4 --dtype f16"
            + " --do_train --do_test --output_dir out/math"));

    /// <summary>The same on the commonsense sets.</summary>
    public static CommandDefinition Commonsense { get; } = CommandDefinition.Create(
        "run-commonsense", "train an elastic LoRA adapter and test it on commonsense questions",
        () => RunOptions.Commonsense, options => options.Validate(), (options, console, cancel) =>
            Run(
                options, new("run-commonsense", RunOptions.Commonsense, TaskSuite.Commonsense), console, cancel),
        new(
            "the published run",
            "./lonas run-commonsense --model_name_or_path yahma/llama-7b-hf --lora --lora_dropout 0.1"
            + " --nncf_config configs/unified_commonsense/nncf_lonas_llama_7b.json"
            + " --dataset_path datasets/commonsense_15k.json --num_train_epochs 6"
            + " --per_device_train_batch_size 4 --gradient_accumulation_steps 4 --dtype f16"
            + " --do_train --do_test --output_dir out/commonsense"),
        new(
            "test what it trained, the first 100 questions of each set",
            "./lonas run-commonsense --model_name_or_path yahma/llama-7b-hf --lora --lora_weights out/commonsense"
            + " --do_test --max_test_samples 100 --dtype f16 --output_dir out/commonsense-100"));

    /// <summary>Opens everything, then trains, searches and tests, as far as the options ask for each.</summary>
    public static int Run(
        RunOptions options, RunCommand command, ConsoleReporter console, CancellationToken cancel) =>
        RankRun.Execute(options.Distributed, console, (session, shown) =>
        {
            using var run = RunStages.Meet(options, command, session, shown, cancel);
            run?.Train(cancel);
            run?.Search(cancel);
            run?.Test(cancel);
            run?.ShowNext();
            return ExitCode.Success;
        });
}
