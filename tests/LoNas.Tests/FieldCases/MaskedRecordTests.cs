using LoNas.Tests.Cli;
using LoNas.Tests.Support;

namespace LoNas.Tests.FieldCases;

/// <summary>A training in which no record has a label left teaches nothing, and is refused before it begins.</summary>
public sealed class MaskedRecordTests
{
    private const string Short = """{"instruction": "a", "output": "b"}""";
    private static readonly string Long =
        $$"""{"instruction": "{{string.Concat(Enumerable.Repeat("How many are left? ", 60))}}", "output": "b"}""";

    [Theory]
    [InlineData(null)]
    [InlineData("dry_run")]
    public void Train_NoRecordWithALabel_IsRefusedAndWritesNothing(string? flag)
    {
        using var sample = new SampleRun();
        var before = sample.Listing();

        var run = CliRun.Of([.. Line(sample, "24"), .. flag is null ? [] : new[] { $"--{flag}" }]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(
            "None of the 48 training records has a label within its first 24 tokens, so nothing can be learned",
            run.Error);
        Assert.Contains("(--cutoff_len, --train_on_inputs)", run.Error);
        Assert.Equal(before, sample.Listing());
        Assert.False(Directory.Exists(sample.Output));
    }

    [Fact]
    public void Train_OneRecordWithALabel_Trains()
    {
        using var sample = new SampleRun();
        File.WriteAllText(sample.Dataset, $"[{Long}, {Short}]");

        var run = CliRun.Of(Line(sample, "120"));

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("1 of 2 records have no label left", run.Error);
    }

    [Fact]
    public void Train_ValidationWithoutALabel_IsRefusedOnlyIfItIsMeasured()
    {
        using var sample = new SampleRun();
        // The fixed seed sets one of them aside; a file of one kind has it in either part.
        File.WriteAllText(sample.Dataset, $"[{string.Join(',', Enumerable.Repeat(Long, 3))}, {Short}]");
        string[] line = [.. Line(sample, "120"), "--val_set_size=1"];
        var unmeasured = CliRun.Of(line);
        Assert.Equal(0, unmeasured.ExitCode);
        Assert.Contains("1 of 1 validation records have no label left and do not count", unmeasured.Error);

        var run = CliRun.Of([.. line, "--do_eval", "--overwrite_output_dir"]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("None of the 1 validation records has a label", run.Error);
    }

    private static string[] Line(SampleRun sample, string length) => sample.Training(
        ("nncf_config", null), ("train_on_inputs", "False"), ("cutoff_len", length), ("max_steps", "1"),
        ("save_strategy", "no"));
}
