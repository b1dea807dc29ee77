using LoNas.Cli.Options;

namespace LoNas.Tests.Cli;

public sealed class OptionErrorTests
{
    private static readonly string[] Dry = ["--model_name_or_path", "m", "--dry_run"];

    [Theory]
    [InlineData("--lora_rank 8", "error: unknown option '--lora_rank'; did you mean '--lora_r'?\n")]
    [InlineData("--lora-r=8", "error: unknown option '--lora-r'; did you mean '--lora_r'?\n")]
    [InlineData("--lora --lorra_alpha 8", "error: unknown option '--lorra_alpha'; did you mean '--lora_alpha'?\n")]
    [InlineData("--lora_r", "error: --lora_r needs a value: --lora_r N\n")]
    [InlineData("--lora_r --lora", "error: --lora_r needs a value: --lora_r N\n")]
    [InlineData("--lora_r 8.5", "error: --lora_r is '8.5'; expected a whole number\n")]
    [InlineData(
        "--lora_r 99999999999",
        "error: --lora_r is '99999999999'; that is too large; expected at most 2147483647\n")]
    [InlineData("--lora_dropout 0,1", "error: --lora_dropout is '0,1'; expected a number such as 0.1 or 3e-4\n")]
    [InlineData("--lora_dropout NaN", "error: --lora_dropout is 'NaN'; expected a number such as 0.1 or 3e-4\n")]
    [InlineData("--fp16 maybe", "error: --fp16 is 'maybe'; expected True or False\n")]
    [InlineData("--optim sgd", "error: --optim is 'sgd'; allowed: adamw_torch\n")]
    [InlineData("--save_strategy epochs", "error: --save_strategy is 'epochs'; allowed: no, steps, epoch\n")]
    [InlineData("--save_strategy 1", "error: --save_strategy is '1'; allowed: no, steps, epoch\n")]
    [InlineData("--lora_r 8 stray",
        "error: unexpected argument 'stray'; expected flags or one options file that ends in .json\n")]
    [InlineData("--fp16 --bf16", "error: --bf16 and --fp16 exclude each other; give one\n")]
    [InlineData("--val_set_size -1", "error: --val_set_size is -1; expected at least 0\n")]
    [InlineData("--lora_dropout 1", "error: --lora_dropout is 1; expected at least 0 and less than 1\n")]
    [InlineData("--max_steps 0", "error: --max_steps is 0; expected at least 1, or -1 for none\n")]
    public void Line_OneMistake_GivesOneMessage(string line, string expected) =>
        Assert.Equal(expected, CliRun.RunMathError([.. Dry, .. line.Split(' ')]));

    [Fact]
    public void Line_FlagGivenTwice_TakesTheLastAndSaysSo()
    {
        // As a script does that ends in "$@"; other names are the same flag.
        var run = CliRun.Of([
            "inspect", "--model_name_or_path", "samples/model", "--lora_r", "8", "--model_name_or_path", "nowhere",
        ]);

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith("warning: --model_name_or_path is given 2 times; the last, 'nowhere', is taken\n", run.Error);
        Assert.Equal(16, CliRun.RunMath([.. Dry, "--lora_r", "8", "--lora_r", "16"]).NewAdapter.LoraR);
        Assert.Equal("b", CliRun.RunMath([.. Dry, "--output_dir", "a", "--output", "b"]).Output.OutputDir);
    }

    [Fact]
    public void Line_SeveralMistakes_AreReportedAtOnce()
    {
        string error = CliRun.RunMathError(
            "--lora_rank", "8", "--fp16", "--bf16", "--cutoff_len", "x", "--seed", "-3", "--do_train",
            "--output_dir", "o");

        Assert.Equal(
            """
            error: 7 problems
              - unknown option '--lora_rank'; did you mean '--lora_r'?
              - --cutoff_len is 'x'; expected a whole number
              - --model_name_or_path is missing: give the Hugging Face folder of the base model
              - --bf16 and --fp16 exclude each other; give one
              - --do_train needs --dataset_path, a JSON file of training records
              - --do_train needs --lora: only adapters are trained
              - --seed is -3; expected at least 0

            """,
            error);
    }

    [Fact]
    public void Line_MisspeltTask_IsNotReportedAsMissingToo() => Assert.Equal(
        "error: unknown option '--do_trian'; did you mean '--do_train'?\n",
        CliRun.RunMathError("--model_name_or_path", "m", "--do_trian"));

    [Fact]
    public void Line_NothingToDo_IsAnError() => Assert.Equal(
        "error: nothing to do; give --do_train, --do_search, --do_test or --dry_run\n",
        CliRun.RunMathError("--model_name_or_path", "m"));

    [Theory]
    [InlineData("--do_train --lora --dataset_path d", "--output_dir is missing")]
    [InlineData("--do_train --lora --output_dir o", "--do_train needs --dataset_path")]
    [InlineData("--do_train --dataset_path d --output_dir o", "--do_train needs --lora")]
    [InlineData("--do_test --lora --output_dir o", "--do_test with --lora needs --lora_weights")]
    [InlineData("--dry_run --lora_weights w", "--lora_weights needs --lora")]
    [InlineData("--dry_run --nncf_config c", "--nncf_config needs --lora")]
    [InlineData("--dry_run --lora --target_modules a,b,a", "--target_modules names a layer twice")]
    [InlineData("--dry_run --eval_steps 5", "--eval_steps needs --evaluation_strategy steps")]
    [InlineData("--dry_run --resume_from_checkpoint c", "--resume_from_checkpoint needs --do_train")]
    public void Validate_ContradictingFlags_GivesOneMessage(string line, string expected)
    {
        string error = CliRun.RunMathError(["--model_name_or_path", "m", .. line.Split(' ')]);

        Assert.StartsWith($"error: {expected}", error);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("", "", 0)]
    [InlineData("abc", "", 3)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("lora_rank", "lora_r", 3)]
    public void NearestName_Distance_CountsEdits(string from, string to, int expected) =>
        Assert.Equal(expected, NearestName.Distance(from, to));
}
