using LoNas.Cli.Evaluate;
using LoNas.Cli.Flags;
using LoNas.Cli.Options;
using LoNas.Tests.Cli;

namespace LoNas.Tests.FieldCases;

/// <summary>Options as people know them from other programs, and words that are near nothing.</summary>
public sealed class ForeignOptionsTests
{
    [Fact]
    public void RunMath_LineOfLlmAdapters_EveryOptionIsExplained()
    {
        var error = CliRun.RunMathError(
            ("--base_model m --data_path x.json --output_dir o --batch_size 16 --micro_batch_size 4 --num_epochs 3 "
            + "--learning_rate 3e-4 --eval_step 80 --save_step 80 --adapter_name lora --lora_r 32 --load_8bit "
            + "--load_best_model_at_end True --logging_dir l").Split(' '));

        Assert.All(
            [
                "'--base_model'; it is called '--model_name_or_path' here",
                "'--data_path'; it is called '--dataset_path' here",
                "'--batch_size'; it has no counterpart here: it is --per_device_train_batch_size times "
                + "--gradient_accumulation_steps",
                "'--micro_batch_size'; it is called '--per_device_train_batch_size' here",
                "'--num_epochs'; it is called '--num_train_epochs' here",
                "'--eval_step'; it is called '--eval_steps' here",
                "'--save_step'; it is called '--save_steps' here",
                "'--adapter_name'; it has no counterpart here: low-rank adapters are the only ones here",
                "'--load_8bit'; it has no counterpart here: weights are not quantised",
                "'--load_best_model_at_end'; it has no counterpart here: the last state is the result",
                "'--logging_dir'; it has no counterpart here: TensorBoard files are in runs",
            ],
            part => Assert.Contains($"  - unknown option {part}", error, StringComparison.Ordinal));
        Assert.DoesNotContain("--model_name_or_path is missing", error, StringComparison.Ordinal);
        Assert.DoesNotContain("did you mean", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--lora_target_modules [q_proj]", "it is called '--target_modules' here")]
    [InlineData("--use_gradient_checkpointing", "it is called '--gradient_checkpointing' here")]
    [InlineData("--wandb_project p", "it has no counterpart here: nothing is sent anywhere")]
    [InlineData("--prompt_template_name alpaca", "it is called '--task_file' here")]
    [InlineData("--eval_strategy steps", "it is called '--evaluation_strategy' here")]
    [InlineData("--fp16_full_eval", "it has no counterpart here")]
    [InlineData("--deepspeed ds.json", "it has no counterpart here: mpirun or srun starts the processes of a run")]
    [InlineData("--lr 1e-4", "it is called '--learning_rate' here")]
    [InlineData("--max-seq-length 512", "it is called '--cutoff_len' here")]
    [InlineData("--Base_Model m", "it is called '--model_name_or_path' here")]
    [InlineData("--trust_remote_code", "it has no counterpart here: a model's code is never run")]
    [InlineData("--validation_split_percentage 5", "it is called '--val_set_size' here, and is a count of records")]
    [InlineData("--max_length 512", "it is called '--cutoff_len' here")]
    [InlineData("--dataset x.json", "it is called '--dataset_path' here")]
    [InlineData("--torch_dtype float16", "it is called '--dtype' here")]
    [InlineData("--cache_dir d", "it has no counterpart here: the cache is where HF_HUB_CACHE")]
    [InlineData("--use_auth_token t", "it has no counterpart here: the hub's token is HF_TOKEN")]
    [InlineData("--data_seed 1", "it has no counterpart here: --seed is the seed of the data's order too")]
    [InlineData("--lora_rnk 8", "did you mean '--lora_r'?")]
    [InlineData("--learning_rats 1", "did you mean '--learning_rate'?")]
    [InlineData("--colour red", "--help shows those that there are")]
    [InlineData("--zzzzzzzzzzzzzzzzzzzz", "--help shows those that there are")]
    [InlineData("--x 1", "--help shows those that there are")]
    public void RunMath_UnknownOption_IsExplainedOrNothingIsGuessed(string option, string message) => Assert.Equal(
        $"error: unknown option '{option.Split(' ')[0]}'; {message}",
        CliRun.RunMathError(["--model_name_or_path", "m", "--dry_run", .. option.Split(' ')])
            .TrimEnd()[..$"error: unknown option '{option.Split(' ')[0]}'; {message}".Length]);

    /// <summary>LLM-Adapters' evaluate.py: some of its names mean something else than its training's.</summary>
    [Fact]
    public void Evaluate_LineOfLlmAdapters_EveryOptionIsExplained()
    {
        var run = CliRun.Of(
            ("evaluate --base_model x --dataset gsm8k --model LLaMA-7B --adapter LoRA --lora_weights y --batch_size 1 "
            + "--load_8bit").Split(' '));

        Assert.Equal(2, run.ExitCode);
        Assert.All(
            [
                "'--base_model'; it is called '--model_name_or_path' here",
                "'--dataset'; it is called '--tasks' here",
                "'--model'; it is called '--model_name_or_path' here; a family's name, as LLM-Adapters means it, is "
                + "not needed: config.json says it",
                "'--adapter'; it is called '--lora_weights' here; a kind, as LLM-Adapters means it, is not needed: "
                + "all adapters are LoRA",
                "'--batch_size'; it is called '--per_device_eval_batch_size' here",
                "'--load_8bit'; it has no counterpart here: weights are not quantised",
            ],
            part => Assert.Contains($"  - unknown option {part}", run.Error, StringComparison.Ordinal));
    }

    /// <summary>What is said of an option is said where the command has it.</summary>
    [Theory]
    [InlineData("generate --max_length 5", "it is called '--max_new_tokens' here and counts no token of the prompt")]
    [InlineData("generate --run_name a", "it has no counterpart here: nothing is sent anywhere")]
    [InlineData("merge --load_8bit",
        "it has no counterpart here: weights are not quantised; --dtype bf16 halves a float32 base")]
    [InlineData("quickstart --load_8bit", "it has no counterpart here: weights are not quantised")]
    public void Command_OptionOfAnother_IsExplainedWithItsOwn(string line, string message) => Assert.Contains(
        $"unknown option '{line.Split(' ')[1]}'; {message}\n", CliRun.Of(line.Split(' ')).Error,
        StringComparison.Ordinal);

    /// <summary>A command that lacks the counterpart does not name it.</summary>
    [Fact]
    public void Generate_OptionOfATraining_IsNotSaidToExist()
    {
        var run = CliRun.Of("generate", "--model_name_or_path", "m", "--prompt", "a", "--data_path", "d");

        Assert.Equal("error: unknown option '--data_path'; --help shows those that there are\n", run.Error);
    }

    [Fact]
    public void Rows_OfOtherPrograms_AreNoOptionsHereAndNameSomeThatAre()
    {
        string[] own = [.. RunOptions.Table.Specs.Select(spec => spec.Name)];
        string[] all = [.. own, .. EvaluateOptions.Table.Specs.Select(spec => spec.Name)];

        Assert.Contains("model_name_or_path", own);
        Assert.All(ForeignNames.All, row =>
        {
            Assert.DoesNotContain(row.Foreign, own);
            Assert.True(row.Own is null || all.Contains(row.Own), row.Own);
        });
        Assert.Equal(ForeignNames.All.Count(), ForeignNames.All.Distinct().Count());
    }
}
