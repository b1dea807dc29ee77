using LoNas.Formats.Peft;
using LoNas.Tests.Support;
using LoNas.Weights;

namespace LoNas.Tests.Cli.Train;

public sealed class RunMathTests
{
    [Fact]
    public void Run_TrainThenTest_WritesEverythingTheReferenceWrites()
    {
        using var sample = new SampleRun();

        var run = SampleRun.Run(sample.Training(("do_test", "True"), ("report_to", "tensorboard")));

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        string[] expected =
        [
            "adapter_config.json", "adapter_model.safetensors", "all_results.json", "checkpoint-6", "eval_results.json",
            "heuristic.AQuA.res.json", "heuristic.SVAMP.res.json", "heuristic.gsm8k.res.json",
            "heuristic.mawps.res.json",
            "lonas.json", "lonas.log", "lonas_run.json", "nncf_config.json", "runs", "train_results.json",
            "trainer_state.json",
            "training_curve.png",
        ];
        Assert.Equal(
            expected.Order(StringComparer.Ordinal),
            Directory.EnumerateFileSystemEntries(sample.Output).Select(path => Path.GetFileName(path)!)
                .Order(StringComparer.Ordinal));
        var all = sample.Json("all_results.json");
        foreach (var key in new[] { "AQuA", "mawps", "gsm8k", "SVAMP", "avg" })
        {
            Assert.InRange(all.GetProperty($"heuristic_{key}_accuracy").GetDouble(), 0, 1);
        }

        Assert.Equal(1, all.GetProperty("epoch").GetDouble());
        Assert.True(all.GetProperty("heuristic_non_zero_params").GetInt64() > 1_200_000);
        Assert.Equal("271.581184", all.GetProperty("heuristic_macs").GetString());
        var record = sample.Json("heuristic.mawps.res.json")[0];
        Assert.Equal(
            ["instruction", "input", "output", "answer", "output_pred", "pred", "flag"],
            record.EnumerateObject().Select(property => property.Name));
        Assert.NotEmpty(
            Directory.EnumerateFiles(Path.Combine(sample.Output, "runs"), "*tfevents*", SearchOption.AllDirectories));
    }

    [Fact]
    public void Run_SameSeedTwice_AdapterFilesAreIdentical()
    {
        using var first = new SampleRun();
        using var second = new SampleRun();

        SampleRun.Run(first.Training());
        SampleRun.Run(second.Training());

        Assert.Equal(first.AdapterBytes(), second.AdapterBytes());
    }

    [Fact]
    public void Run_TestingTheSavedAdapter_ReproducesThePredictions()
    {
        using var sample = new SampleRun();
        Assert.Equal(0, SampleRun.Run(sample.Training(("do_test", "True"))).ExitCode);
        var path = Path.Combine(sample.Output, "heuristic.SVAMP.res.json");
        var before = File.ReadAllBytes(path);
        File.Delete(path);

        // The adapter names its own configuration; giving the same one changes nothing.
        Assert.Equal(0, SampleRun.Run(sample.Testing()).ExitCode);
        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.Equal(0, SampleRun.Run(sample.Testing(("nncf_config", SampleRun.Configuration))).ExitCode);
        Assert.Equal(before, File.ReadAllBytes(path));
    }

    [Fact]
    public void Run_AfterSuccess_SaysSoAndChangesNothing()
    {
        using var sample = new SampleRun();
        SampleRun.Run(sample.Training());
        var before = sample.Listing();

        var again = SampleRun.Run(sample.Training());

        Assert.Equal(0, again.ExitCode);
        Assert.StartsWith("finished earlier:", again.Output);
        Assert.Equal(before, sample.Listing());
    }

    [Fact]
    public void Run_InterruptedThenRunAgain_EndsWithTheSameAdapter()
    {
        using var unbroken = new SampleRun();
        using var broken = new SampleRun();
        SampleRun.Run(unbroken.Training());

        // Ctrl+C before the first micro-step: what there is of the run is saved, and the same command goes on from it.
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        var interrupted = SampleRun.Run(broken.Training(), stop.Token);
        Assert.Equal(130, interrupted.ExitCode);
        Assert.Equal(
            $"error: interrupted: '{Path.Combine(broken.Output, "checkpoint-0")}' is kept; the same command goes on "
            + "from there\n",
            interrupted.Error);
        Assert.False(File.Exists(Path.Combine(broken.Output, "adapter_model.safetensors")));

        Assert.Equal(0, SampleRun.Run(broken.Training()).ExitCode);
        Assert.Equal(unbroken.AdapterBytes(), broken.AdapterBytes());
    }

    [Fact]
    public void Run_OutputFolderOfOthers_IsRefusedUnlessOverwritten()
    {
        using var sample = new SampleRun();
        Directory.CreateDirectory(sample.Output);
        File.WriteAllText(Path.Combine(sample.Output, "thesis.txt"), "precious");
        var before = sample.Listing();

        var refused = SampleRun.Run(sample.Training());

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("thesis.txt", refused.Error);
        Assert.Contains("--overwrite", refused.Error);
        Assert.Equal(before, sample.Listing());
        Assert.Equal(0, SampleRun.Run(sample.Training(("overwrite_output_dir", "True"))).ExitCode);
        Assert.Equal("precious", File.ReadAllText(Path.Combine(sample.Output, "thesis.txt")));
    }

    [Fact]
    public void Run_OverwriteWithoutAMarker_LeavesOthersCheckpointsAlone()
    {
        using var sample = new SampleRun();
        var foreign = Path.Combine(sample.Output, "checkpoint-500", "model.bin");
        Directory.CreateDirectory(Path.GetDirectoryName(foreign)!);
        File.WriteAllText(foreign, "another program's");

        Assert.Equal(0, SampleRun.Run(sample.Training(("overwrite_output_dir", "True"))).ExitCode);

        Assert.Equal("another program's", File.ReadAllText(foreign));
    }

    [Fact]
    public void Run_ConfigurationDeletedDuringTraining_IsSavedAsItWasRead()
    {
        using var sample = new SampleRun();
        Directory.CreateDirectory(sample.Output);
        var own = Path.Combine(sample.Output, "nncf_config.json");
        SampleRun.Run(sample.Training());

        // The run removes the earlier one's copy before it starts.
        Assert.Equal(
            0, SampleRun.Run(sample.Training(("nncf_config", own), ("overwrite_output_dir", "True"))).ExitCode);

        Assert.Equal(File.ReadAllText(SampleRun.Configuration).Trim(), File.ReadAllText(own).Trim());
    }

    [Fact]
    public void Run_TrainingIntoAFolderWithTestResults_IsNoOverwriting()
    {
        using var sample = new SampleRun();
        Assert.Equal(0, SampleRun.Run(sample.Testing(("lora", null), ("lora_weights", null))).ExitCode);

        Assert.Equal(0, SampleRun.Run(sample.Training()).ExitCode);

        Assert.True(File.Exists(Path.Combine(sample.Output, "AQuA.res.json")));
    }

    [Fact]
    public void Run_DatasetChangedSince_IsAnotherRun()
    {
        using var sample = new SampleRun();
        SampleRun.Run(sample.Training());
        File.AppendAllText(sample.Dataset, "\n");

        var run = SampleRun.Run(sample.Training());

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("dataset_sha256 was", run.Error);
    }

    [Fact]
    public void Run_OutputFolderOfAnotherRun_NamesTheDifference()
    {
        using var sample = new SampleRun();
        SampleRun.Run(sample.Training());
        var before = sample.Listing();

        var other = SampleRun.Run(sample.Training(("seed", "7")));

        Assert.Equal(2, other.ExitCode);
        Assert.Contains("seed was 42 and is 7", other.Error);
        Assert.Equal(before, sample.Listing());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"stage\": \"Sleeping\", \"options\": {}}")]
    public void Run_DamagedMarker_IsNamed(string marker)
    {
        using var sample = new SampleRun();
        Directory.CreateDirectory(sample.Output);
        File.WriteAllText(Path.Combine(sample.Output, "lonas_run.json"), marker);

        var run = SampleRun.Run(sample.Training());

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("lonas_run.json' is damaged", run.Error);
    }

    [Fact]
    public void Run_ResumeFromCheckpoint_GoesOnOrIsRefusedBeforeAnythingIsWritten()
    {
        using var sample = new SampleRun();
        var before = sample.Listing();
        var missing = SampleRun.Run(sample.Training(("resume_from_checkpoint", "nowhere")));
        Assert.Equal(2, missing.ExitCode);
        Assert.Contains("'nowhere' does not exist", missing.Error);
        Assert.Equal(before, sample.Listing());

        SampleRun.Run(sample.Training(("save_strategy", "steps"), ("save_steps", "3")));
        var whole = sample.AdapterBytes();
        var resumed = SampleRun.Run(sample.Training(
            ("save_strategy", "steps"), ("save_steps", "3"), ("overwrite_output_dir", "True"),
            ("resume_from_checkpoint", Path.Combine(sample.Output, "checkpoint-3"))));
        Assert.Equal(0, resumed.ExitCode);
        Assert.Contains("step 3 of 6", resumed.Output);
        Assert.Equal(whole, sample.AdapterBytes());
    }

    [Fact]
    public void Run_PlainLora_TrainsAndTestsWithoutAPrefix()
    {
        using var sample = new SampleRun();

        Assert.Equal(0, SampleRun.Run(sample.Training(("nncf_config", null), ("do_test", "True"))).ExitCode);

        Assert.True(sample.Json("eval_results.json").TryGetProperty("AQuA_accuracy", out _));
        Assert.True(File.Exists(Path.Combine(sample.Output, "AQuA.res.json")));
        Assert.Equal(
            System.Text.Json.JsonValueKind.Null,
            sample.Json(AdapterManifest.FileName).GetProperty("nncf_config").ValueKind);
    }

    [Fact]
    public void Run_ValidationSplit_LogsTheLossOfMaximalAndMinimal()
    {
        using var sample = new SampleRun();

        var run = SampleRun.Run(sample.Training(
            ("val_set_size", "8"), ("do_eval", "True"), ("evaluation_strategy", "steps"), ("eval_steps", "3"),
            ("train_on_inputs", "False")));

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Matches("validation loss: maximal \\d+\\.\\d+, minimal \\d+\\.\\d+", run.Output);
        // 40 records in batches of 4 and windows of 2: 5 steps, so once after step 3 and once at the end.
        Assert.Equal(
            [3, 5],
            sample.Json("trainer_state.json").GetProperty("log_history").EnumerateArray()
                .Where(entry => entry.TryGetProperty("eval_loss_minimum", out _))
                .Select(entry => entry.GetProperty("step").GetInt32()));
    }

    [Fact]
    public void Run_DryRun_ShowsThePlanAndWritesNothing()
    {
        using var sample = new SampleRun();
        var before = sample.Listing();

        var run = SampleRun.Run(sample.Training(("dry_run", "True"), ("verbose", "True")));

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("\"lora_r\": 32", run.Output);
        Assert.Contains("steps: 6 optimiser steps over 1 epoch of 12 micro-batches", run.Output);
        Assert.Contains("tokens of 48 records", run.Output);
        Assert.Contains("1,344,640", run.Output);
        Assert.Matches("expected memory: about \\d+\\.\\d [GM]iB", run.Output);
        Assert.Equal(before, sample.Listing());
    }

    [Fact]
    public void Run_BfloatBase_TrainsAndSaysOnceThatFp16BecomesBfloat16()
    {
        using var sample = new SampleRun();

        var run = SampleRun.Run(sample.Training(("fp16", "True")));

        Assert.Equal((0, "warning: float16 is used as bfloat16 on a CPU: same size, faster, wider range\n"),
            (run.ExitCode, run.Error));
        using var file = SafetensorsFile.Open(Path.Combine(sample.Output, "adapter_model.safetensors"));
        Assert.All(file.Names, name => Assert.Equal(TorchSharp.torch.ScalarType.Float32, file.TypeOf(name)));
    }
}
