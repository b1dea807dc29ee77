using System.Text.Json.Nodes;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;
using LoNas.Training.Checkpoints;
using static LoNas.Tests.Support.TinyHub;

namespace LoNas.Tests.FieldCases;

/// <summary>Field case small-messages: inputs whose messages spoke of .NET instead of what is wrong.</summary>
public sealed class SmallInputMessageTests : IDisposable
{
    private readonly TrainedFolder _folder = new();

    public static TheoryData<string, string, string> States => new()
    {
        { "log_history", "[{\"loss\": \"high\"}]", "in 'log_history[0].loss'" },
        { "log_history", "[[1]]", "in 'log_history[0]'" },
        { "log_history", "7", "in 'log_history'" },
        { "log_history", "[{\"loss\": {}}]", "in 'log_history[0].loss'" },
        { "global_step", "\"two\"", "in 'global_step'" },
        { "global_step", "1e30", "in 'global_step'" },
        { "micro_steps_done", "99999999999999999999", "in 'micro_steps_done'" },
        { "records_in_window", "{}", "in 'records_in_window'" },
        { "active_widths", "[\"a\"]", "in 'active_widths[0]'" },
        { "shuffle_state", "\"xyz\"", "its lonas_state.json has no usable 'shuffle_state': 'xyz' is no random state" },
        { "sub_adapter_state", "\"\"", "its lonas_state.json has no usable 'sub_adapter_state'" },
        { "active_widths", "[3]", "its lonas_state.json has no usable 'active_widths'" },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(States))]
    public void Resume_EditedState_NamesFileAndPlace(string key, string value, string expected)
    {
        _folder.Train("own");
        var checkpoint = Path.Combine(_folder.Folder("own"), "checkpoint-2");
        var path = Path.Combine(checkpoint, RunStateFile.Name);
        var state = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        state[key] = JsonNode.Parse(value);
        File.WriteAllText(path, state.ToJsonString());
        Sign(checkpoint);

        var error = _folder.Refused(_folder.Line("again", ("resume_from_checkpoint", checkpoint)));

        Assert.Contains(expected, error);
        Assert.Contains(checkpoint, error);
        Assert.DoesNotContain("System.", error);
    }

    /// <summary>An earlier version had all in the file of Hugging Face's name.</summary>
    [Fact]
    public void Resume_EditedStateOfAnEarlierVersion_NamesTheFile()
    {
        _folder.Train("own", ("lora_dropout", "0"));
        var checkpoint = Path.Combine(_folder.Folder("own"), "checkpoint-2");
        TrainedFolder.MakeFormer(checkpoint);
        var path = Path.Combine(checkpoint, "trainer_state.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"log_history\": [", "\"log_history\": [[1],"));
        Sign(checkpoint);

        var error = _folder.Refused(
            _folder.Line("again", ("lora_dropout", "0"), ("resume_from_checkpoint", checkpoint)));

        ErrorTable.Require("edited state of a checkpoint", 2, error);
        Assert.Contains("trainer_state.json' does not hold what it should in 'log_history[0]'", error);
        Assert.DoesNotContain("System.", error);
    }

    [Theory]
    [InlineData("--max_steps", "1000000000000", "expected at most 2147483647")]
    [InlineData("--max_steps", "-1000000000000", "expected at least -2147483648")]
    [InlineData("--max_steps", "99999999999999999999999999", "expected at most 2147483647")]
    [InlineData("--seed", "99999999999999999999", "expected at most 9223372036854775807")]
    [InlineData("--lora_r", "3000000000", "expected at most 2147483647")]
    [InlineData("--threads", "3000000000", "expected at most 2147483647")]
    [InlineData("--learning_rate", "1e400", "expected at most 1.7976931348623157E+308")]
    [InlineData("--lora_alpha", "-1e999", "expected at most 1.7976931348623157E+308")]
    [InlineData("--max_steps", "many", "expected a whole number")]
    [InlineData("--max_steps", "1.5", "expected a whole number")]
    [InlineData("--learning_rate", "inf", "expected a number such as")]
    [InlineData("--learning_rate", "nan", "expected a number such as")]
    public void Run_NumberOfAFlag_SaysWhatIsAllowed(string flag, string value, string expected)
    {
        var error = CliRun.RunMathError(flag, value);

        Assert.Contains($"{flag} is '{value}'; ", error);
        Assert.Contains(expected, error);
    }

    [Fact]
    public void Run_TooLargeANumber_IsInTheTable()
    {
        var run = CliRun.Of(_folder.Sample.Training(("max_steps", "1000000000000")));

        ErrorTable.Require("number that is too large", run.ExitCode, run.Error);
    }

    [Fact]
    public void Run_TooLargeANumberInAnOptionsFile_SaysTheSame()
    {
        var file = Path.Combine(_folder.Sample.Folder, "options.json");
        File.WriteAllText(file, "{\"max_steps\": 1000000000000}");

        Assert.Contains(
            "is 1000000000000; that is too large; expected at most 2147483647", CliRun.RunMathError(file));
    }

    [Theory]
    [InlineData("\"num_evals\": 1e400", "1e400 is not finite; expected a number")]
    [InlineData("\"num_evals\": 1000000000000", "1000000000000 is out of range; expected at most 2147483647")]
    [InlineData("\"num_evals\": NaN", "NaN is not finite; expected a number")]
    public void Inspect_NumberOfAConfiguration_SaysWhatIsAllowed(string value, string expected)
    {
        var file = Path.Combine(_folder.Sample.Folder, "nncf.json");
        var text = File.ReadAllText(SampleRun.Configuration);
        var changed = System.Text.RegularExpressions.Regex.Replace(text, "\"num_evals\": [0-9]+", value);
        Assert.NotEqual(text, changed);
        File.WriteAllText(file, changed);

        var run = CliRun.Of("inspect", "--model_name_or_path", SampleRun.Model, "--nncf_config", file);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(expected, run.Error);
    }

    [Theory]
    [InlineData("4611686018427387904")]
    [InlineData("9223372036854775807")]
    [InlineData("1125899906842625")]
    public void Fetch_SizeThatNoFileHas_IsRefused(string size)
    {
        using var hub = new TinyHubRepository();
        hub.Override = _ => Reply.Empty(
            302, ("X-Repo-Commit", TinyHubRepository.Commit), ("X-Linked-ETag", $"\"{new string('a', 64)}\""),
            ("X-Linked-Size", size), ("Location", $"{hub.Storage.Address}x"));

        Assert.Contains($"does not answer as a hub for 'config.json': commit '{TinyHubRepository.Commit}', hash '"
            + $"{new string('a', 64)}', size '{size}'", hub.Failure());
    }

    private static void Sign(string checkpoint)
    {
        File.Delete(Path.Combine(checkpoint, CheckpointManifest.FileName));
        CheckpointManifest.Write(checkpoint);
    }
}
