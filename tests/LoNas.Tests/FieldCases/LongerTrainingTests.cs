using LoNas.Tests.Cli;
using LoNas.Tests.Support;

namespace LoNas.Tests.FieldCases;

/// <summary>Field case continue-training: the same command with a larger number goes on in the same folder.</summary>
public sealed class LongerTrainingTests : IDisposable
{
    private const string Out = "out";

    private readonly TrainedFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Run_MoreEpochs_GoesOnWithOneNoticeAndAScheduleLaidOutAnew()
    {
        _folder.Train(Out, ("num_train_epochs", "1"));
        var run = _folder.Train(Out, ("num_train_epochs", "2"));

        Assert.Contains("step 4 of 8", run.Output);
        Assert.Equal(
            "warning: the run was to have 4 steps and now has 8: its linear schedule is laid out anew over all of "
            + "them, so the learning rate goes on at 2.5e-5 and not at 0e+0 (--num_train_epochs)\n",
            run.Error);
        // Linear from 5e-5: a quarter less each step of the first epoch, then an eighth; logged is the next step's.
        double[] eighths = [6, 4, 2, 0, 3, 2, 1, 0];
        Assert.Equal(eighths.Select(eighth => 5e-5 * eighth / 8), _folder.Rates(Out), new Near(1e-15));
        Assert.StartsWith("finished earlier", _folder.Train(Out, ("num_train_epochs", "2")).Output);
        Assert.StartsWith("finished earlier", _folder.Train(Out, ("num_train_epochs", "1"), ("max_steps", "8")).Output);
    }

    [Fact]
    public void Run_LongerRunInterrupted_EndsAsAnUninterruptedOne()
    {
        _folder.Train(Out, ("num_train_epochs", "1"));
        _folder.Copy(Out, "broken");
        _folder.Train(Out, ("num_train_epochs", "2"));

        _folder.Stop("checkpoint-6", "broken", ("num_train_epochs", "2"));
        _folder.Train("broken", ("num_train_epochs", "2"));

        Assert.Equal(_folder.Adapter(Out), _folder.Adapter("broken"));
        Assert.Equal(_folder.State(Out), _folder.State("broken"));
    }

    /// <summary>Where the learning rate does not depend on the length, neither does what is computed.</summary>
    [Theory]
    [InlineData("num_train_epochs", "1", "2", "2", "1")]
    [InlineData("num_train_epochs", "1", "2", "1", "3")] // a window crosses the end of the first epoch
    [InlineData("num_train_epochs", "0.5", "1.5", "1", "1")]
    [InlineData("max_steps", "3", "6", "1", "1")] // ends within an epoch
    [InlineData("max_steps", "3", "6", "epoch", "1")]
    [InlineData("max_steps", "2", "9", "2", "1")]
    public void Run_ConstantRateMadeLonger_EqualsTheLongRun(
        string flag, string few, string many, string save, string accumulation)
    {
        (string, string?)[] common =
        [
            ("lr_scheduler_type", "constant"), ("gradient_accumulation_steps", accumulation),
            save == "epoch" ? ("save_strategy", save) : ("save_steps", save),
        ];
        _folder.Train("whole", [.. common, (flag, many)]);

        _folder.Train(Out, [.. common, (flag, few)]);
        var run = _folder.Train(Out, [.. common, (flag, many)]);

        Assert.Contains("its learning rate goes on as it was", run.Error);
        Assert.Equal(_folder.Adapter("whole"), _folder.Adapter(Out));
        Assert.Equal(_folder.State("whole"), _folder.State(Out));
    }

    [Fact]
    public void Run_StagesMadeLonger_GoOnByTheEpochsTrained()
    {
        (string, string?)[] elastic =
        [
            ("nncf_config", SampleRun.Configuration), ("lora_r", "32"), ("lora_alpha", "64"),
            ("target_modules", "q_proj,k_proj,v_proj,up_proj,gate_proj,down_proj"),
        ];
        _folder.Train("whole", [.. elastic, ("num_train_epochs", "2")]);

        _folder.Train(Out, [.. elastic, ("num_train_epochs", "1")]);
        var run = _folder.Train(Out, [.. elastic, ("num_train_epochs", "2")]);

        Assert.Contains("stages go on by the epochs trained so far (--num_train_epochs)", run.Error);
        Assert.Equal(_folder.Adapter("whole"), _folder.Adapter(Out));
        Assert.Equal(_folder.State("whole"), _folder.State(Out));
    }

    [Fact]
    public void Run_InterruptedRunMadeLongerOrShorter_GoesOn()
    {
        _folder.Stop("checkpoint-4", Out, ("num_train_epochs", "3"));

        Assert.Contains(
            "the run was to have 12 steps and now has 8", _folder.Train(Out, ("num_train_epochs", "2")).Error);
        Assert.Contains(
            "\"global_step\": 8,", File.ReadAllText(Path.Combine(_folder.Folder(Out), "trainer_state.json")));
    }

    [Fact]
    public void Run_LastCheckpointOlderThanTheEnd_GoesOnFromIt()
    {
        _folder.Train(Out, ("num_train_epochs", "1"), ("save_steps", "3"));

        Assert.Contains("step 3 of 8", _folder.Train(Out, ("num_train_epochs", "2"), ("save_steps", "3")).Output);
    }

    [Theory]
    [InlineData("num_train_epochs", "0.5")]
    [InlineData("max_steps", "1")]
    [InlineData("max_steps", "3")]
    public void Run_LessThanIsTrained_IsRefused(string flag, string value)
    {
        _folder.Train(Out, ("num_train_epochs", "1"));

        var error = _folder.Refused(_folder.Line(Out, (flag, value)));

        ErrorTable.Require("output folder of a run that is trained further", 2, error);
        Assert.Contains("is trained for 4 steps", error);
    }

    [Fact]
    public void Run_NoCheckpointKept_SaysHowToGoOnAndThatWorks()
    {
        _folder.Train(Out, ("save_strategy", "no"));

        var error = _folder.Refused(_folder.Line(Out, ("save_strategy", "no"), ("num_train_epochs", "2")));

        ErrorTable.Require("finished run without a checkpoint", 2, error);
        Assert.Contains($"--lora_weights '{_folder.Folder(Out)}' with another --output_dir", error);
        _folder.Train(
            "next", ("save_strategy", "no"), ("num_train_epochs", "2"), ("lora_weights", _folder.Folder(Out)));
    }

    [Fact]
    public void Run_OtherOptionsToo_AreStillAnotherRun()
    {
        _folder.Train(Out);

        var error = _folder.Refused(_folder.Line(Out, ("num_train_epochs", "2"), ("seed", "7")));

        Assert.Contains("holds a run with other options (seed was 42 and is 7)", error);
    }

    [Fact]
    public void Run_TestedBefore_ForgetsWhatTheFormerAdapterAnswered()
    {
        _folder.Train(Out, ("do_test", "True"));
        Assert.True(File.Exists(Path.Combine(_folder.Folder(Out), "AQuA.res.json")));

        _folder.Train(Out, ("num_train_epochs", "2"));

        Assert.Empty(Directory.GetFiles(_folder.Folder(Out), "*.res.json"));
        Assert.False(File.Exists(Path.Combine(_folder.Folder(Out), "eval_results.json")));
        Assert.Equal(
            File.ReadAllText(Path.Combine(_folder.Folder(Out), "train_results.json")),
            File.ReadAllText(Path.Combine(_folder.Folder(Out), "all_results.json")));
        Assert.DoesNotContain(
            "former_results", File.ReadAllText(Path.Combine(_folder.Folder(Out), "lonas_run.json")));
    }

    [Fact]
    public void Run_CheckpointsOfAnEarlierVersion_GoOnToTheSameBits()
    {
        _folder.Train("whole", ("num_train_epochs", "2"), ("lr_scheduler_type", "constant"), ("lora_dropout", "0"));
        _folder.Stop(
            "checkpoint-2", Out, ("num_train_epochs", "2"), ("lr_scheduler_type", "constant"), ("lora_dropout", "0"));
        TrainedFolder.MakeFormer(Path.Combine(_folder.Folder(Out), "checkpoint-2"));
        _folder.Copy(Out, "longer");

        _folder.Train(Out, ("num_train_epochs", "2"), ("lr_scheduler_type", "constant"), ("lora_dropout", "0"));

        Assert.Equal(_folder.Adapter("whole"), _folder.Adapter(Out));
        Assert.Equal(_folder.State("whole"), _folder.State(Out));
        var longer = _folder.Train(
            "longer", ("num_train_epochs", "2.5"), ("lr_scheduler_type", "constant"), ("lora_dropout", "0"));
        Assert.Contains("step 2 of 10", longer.Output);
    }

    [Theory]
    [InlineData("lora_dropout", "0.1")]
    [InlineData("gradient_accumulation_steps", "4")]
    public void Run_CheckpointOfAnEarlierVersionThatDrewOtherwise_IsRefused(string flag, string value)
    {
        (string, string?)[] changes = [("lora_dropout", "0"), ("save_steps", "1"), (flag, value)];
        _folder.Train("own", changes);
        var checkpoint = Path.Combine(_folder.Folder("own"), "checkpoint-1");
        TrainedFolder.MakeFormer(checkpoint);

        var error = _folder.Refused(_folder.Line("again", [.. changes, ("resume_from_checkpoint", checkpoint)]));

        Assert.Contains(
            $"The checkpoint '{checkpoint}' was written by an earlier version of this program, which drew dropout and "
            + "added gradients in another order; finish its run with that version, or start it again", error);
    }

    private sealed class Near(double tolerance) : IEqualityComparer<double>
    {
        public bool Equals(double left, double right) => Math.Abs(left - right) <= tolerance;

        public int GetHashCode(double value) => 0;
    }
}
