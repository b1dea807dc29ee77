using System.Text.Json.Nodes;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;

namespace LoNas.Tests.FieldCases;

/// <summary>A dry run says first what was asked for, then what comes of it, and the rest only on demand.</summary>
public sealed class DryRunTests : IDisposable
{
    private readonly SampleRun _sample = new(trainingRecords: 24);

    public void Dispose() => _sample.Dispose();

    [Fact]
    public void DryRun_Training_SaysWhatWasGivenThenWhatComesOfIt()
    {
        var shown = Show(("nncf_config", null), ("warmup_ratio", "0.5"), ("val_set_size", "4"), ("seed", "7"));

        var (given, resolved) = (
            shown.IndexOf("differs from the defaults:\n", StringComparison.Ordinal),
            shown.IndexOf("what comes of it:\n", StringComparison.Ordinal));
        Assert.InRange(given, 0, resolved);
        var first = shown[given..resolved];
        Assert.Contains("\n  --seed 7\n", first, StringComparison.Ordinal);
        Assert.DoesNotContain("max_grad_norm", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("null", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("dry_run", shown, StringComparison.Ordinal);
        // 20 records in batches of 4 are 5 micro-batches: 2 steps of two, and half of them are warm-up.
        foreach (var line in new[]
        {
            "device: cpu, base in float32, 1 thread",
            "adapter: rank 32, alpha 64, dropout 0.1, on q_proj, k_proj, v_proj, up_proj, gate_proj, down_proj",
            "steps: 2 optimiser steps over 1 epoch of 5 micro-batches; 4 records in each, 2 to a step",
            "learning rate: 5e-5, linear, after 1 step of warm-up",
            "checkpoints: 1, one an epoch, all kept",
            "seed: 7",
            $"output: '{_sample.Output}', which is new: the adapter, checkpoints and the training's results",
        })
        {
            Assert.Contains($"\n  {line}\n", shown[resolved..], StringComparison.Ordinal);
        }

        Assert.Matches(@"\n  records: 20 to train on, 4 for validation \(tokens: shortest \d+, longest \d+\)", shown);
    }

    [Fact]
    public void DryRun_Verbose_ShowsAllOptionsWithTheirValues()
    {
        var shown = Show(("nncf_config", null), ("verbose", "True"));

        Assert.Matches("\"learning_rate\": (5E-05|5e-05|0.00005)", shown);
        Assert.Contains("\"max_grad_norm\": 1", shown, StringComparison.Ordinal);
        Assert.Contains("tokens of 24 records:", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void DryRun_OfAFinishedRun_SaysThatNothingIsChanged()
    {
        Assert.Equal(0, CliRun.Of(_sample.Training()).ExitCode);

        Assert.Contains("where this run is finished: nothing is changed", Show(), StringComparison.Ordinal);
    }

    [Fact]
    public void DryRun_Configuration_SaysItsRateAndGroups()
    {
        var shown = Show();

        Assert.Contains($"search space: 12 groups, of '{SampleRun.Configuration}'", shown, StringComparison.Ordinal);
        Assert.Matches(@"learning rate: 2\.\d+e-3 at first, then as the configuration's stages say", shown);
    }

    [Fact]
    public void DryRun_OfATest_SaysWhatIsTestedAndNothingOfTraining()
    {
        Assert.Equal(0, CliRun.Of(_sample.Training(("max_steps", "1"))).ExitCode);

        var run = CliRun.Of(_sample.Testing(("dry_run", "True"), ("dataset_path", _sample.Dataset)));

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains(
            "\n  test: AQuA (2 records), mawps (2 records), gsm8k (2 records), SVAMP (2 records), of the sub-adapter "
            + "heuristic\n  generation: 4 beams, at most 8 new tokens, as many problems at once as half of the free "
            + "memory holds\n",
            run.Output, StringComparison.Ordinal);
        foreach (var word in new[] { "to train on", "steps", "epoch", "learning rate", "checkpoints:", "memory:" })
        {
            Assert.DoesNotContain(word, run.Output, StringComparison.Ordinal);
        }
    }

    /// <summary>The test alone would not read them either.</summary>
    [Fact]
    public void DryRun_OfATest_DoesNotReadWhatWouldBeTrainedOn()
    {
        Assert.Equal(0, CliRun.Of(_sample.Training(("max_steps", "1"))).ExitCode);

        var run = CliRun.Of(_sample.Testing(("dry_run", "True"), ("dataset_path", "missing.json")));

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
    }

    [Theory]
    [InlineData(null, "over 4 epochs of", "4 epochs, those of the configuration's stages, are trained", "")]
    [InlineData("2", "over 2 epochs of", "", "2: the flag decides")]
    public void DryRun_FromAnAdapter_EpochsAreThoseOfItsConfiguration(
        string? flag, string planned, string told, string warned)
    {
        var path = Path.Combine(_sample.Folder, "four.json");
        var configuration = JsonNode.Parse(File.ReadAllText(SampleRun.Configuration))!;
        configuration["bootstrapNAS"]!["training"]!["schedule"]!["list_stage_descriptions"]![0]!["epochs"] = 4;
        File.WriteAllText(path, configuration.ToJsonString());
        Assert.Equal(0, CliRun.Of(_sample.Training(("max_steps", "1"), ("nncf_config", path))).ExitCode);

        var run = CliRun.Of(_sample.Training(
            ("dry_run", "True"), ("nncf_config", null), ("num_train_epochs", flag), ("lora_weights", _sample.Output),
            ("output_dir", Path.Combine(_sample.Folder, "further"))));

        Assert.Equal(0, run.ExitCode);
        Assert.Contains(planned, run.Output, StringComparison.Ordinal);
        Assert.Contains(told, run.Output, StringComparison.Ordinal);
        Assert.Contains(warned, run.Error, StringComparison.Ordinal);
        Assert.Equal(flag is null, run.Error.Length == 0);
    }

    /// <summary>What is shown as an options file must give the same run, and hold what that run takes.</summary>
    [Theory]
    [InlineData("train", "dtype sub_adapter max_new_tokens nncf_config num_train_epochs")]
    [InlineData("train fp16", "dtype")]
    [InlineData("test", "dtype sub_adapter max_new_tokens nncf_config")]
    [InlineData(
        "train test search",
        "dtype sub_adapter search_tasks search_algorithm num_evals population search_seed max_new_tokens")]
    public void DryRun_Verbose_IsAnOptionsFileOfTheSameRun(string asked, string resolved)
    {
        bool isTest = asked == "test";
        if (isTest)
        {
            Assert.Equal(0, CliRun.Of(_sample.Training(("max_steps", "1"))).ExitCode);
        }

        (string, string?)[] flags = [("dry_run", "True"), ("verbose", "True"), ("max_new_tokens", null),
            .. asked.Contains("fp16") ? [("fp16", "True")] : Array.Empty<(string, string?)>(),
            .. asked.Contains("search")
                ? [("do_search", "True"), ("do_test", "True"), ("val_set_size", "4")]
                : Array.Empty<(string, string?)>()];
        var first = CliRun.Of(isTest ? _sample.Testing(flags) : _sample.Training(flags));
        Assert.True(first.ExitCode == 0, first.Error);
        var options = OptionsOf(first);
        Assert.All(resolved.Split(' '), name => Assert.NotNull(JsonNode.Parse(options)![name]));
        var file = Path.Combine(_sample.Folder, "again.json");
        File.WriteAllText(file, options);

        var second = CliRun.Of("run-math", file, "--dry_run");

        Assert.Equal((0, first.Error), (second.ExitCode, second.Error));
        Assert.Equal(options, OptionsOf(second));
        Assert.Equal(PlanOf(first), PlanOf(second));
    }

    [Fact]
    public void Verbose_WithoutADryRun_IsRefused() => Assert.Equal(
        "error: --verbose needs --dry_run\n", CliRun.RunMathError(_sample.Training(("verbose", "True"))[1..]));

    private static string OptionsOf(CliRun run) => Between(run.Output, "all options:\n", "\n}\n") + "\n}";

    private static string PlanOf(CliRun run) => Between(run.Output, "what comes of it:\n", "all options:\n");

    private static string Between(string text, string from, string to)
    {
        int start = text.IndexOf(from, StringComparison.Ordinal) + from.Length;
        return text[start..text.IndexOf(to, start, StringComparison.Ordinal)];
    }

    private string Show(params (string, string?)[] changes)
    {
        var run = CliRun.Of(_sample.Training([.. changes, ("dry_run", "True")]));
        Assert.True(run.ExitCode == 0, run.Error);
        return run.Output;
    }
}
