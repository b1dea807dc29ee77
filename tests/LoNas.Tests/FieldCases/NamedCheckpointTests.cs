using LoNas.Tests.Cli;

namespace LoNas.Tests.FieldCases;

/// <summary>Field case continue-training: what may be given to --resume_from_checkpoint.</summary>
public sealed class NamedCheckpointTests : IDisposable
{
    private readonly TrainedFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Run_CheckpointIntoAnotherFolder_ContinuesExactly()
    {
        _folder.Train("whole", ("num_train_epochs", "2"));
        (string, string?)[] named =
            [("num_train_epochs", "2"), ("resume_from_checkpoint", Checkpoint("whole", 4)), ("logging_steps", "1")];

        var run = _folder.Train("new", named);

        Assert.Equal("", run.Error);
        Assert.Contains("step 4 of 8", run.Output);
        Assert.Equal(_folder.Adapter("whole"), _folder.Adapter("new"));
        Assert.Equal(_folder.State("whole"), _folder.State("new"));
        _folder.Stop("checkpoint-6", "broken", named);
        Assert.Contains("step 6 of 8", _folder.Train("broken", named).Output);
        Assert.Equal(_folder.Adapter("whole"), _folder.Adapter("broken"));
    }

    [Fact]
    public void Run_LastCheckpointIntoAnotherFolderWithMoreEpochs_EqualsGoingOnInItsOwn()
    {
        _folder.Train("own");
        _folder.Train(
            "new", ("num_train_epochs", "2"), ("resume_from_checkpoint", Checkpoint("own", 4)), ("save_steps", "4"));
        _folder.Train("own", ("num_train_epochs", "2"));

        Assert.Equal(_folder.Adapter("own"), _folder.Adapter("new"));
        Assert.Equal(_folder.State("own"), _folder.State("new"));
    }

    [Theory]
    [InlineData("seed", "7", "seed was 42 and is 7")]
    [InlineData("learning_rate", "0.001", "learning_rate was none and is 0.001")]
    [InlineData("lora_r", "8", "lora_r was 4 and is 8")]
    [InlineData("per_device_train_batch_size", "8", "per_device_train_batch_size was 4 and is 8")]
    [InlineData("gradient_accumulation_steps", "2", "gradient_accumulation_steps was 1 and is 2")]
    [InlineData("max_train_samples", "12", "max_train_samples was none and is 12")]
    [InlineData("cutoff_len", "64", "cutoff_len was 256 and is 64")]
    [InlineData("target_modules", "q_proj", "target_modules was [\"q_proj\",\"v_proj\"] and is [\"q_proj\"]")]
    [InlineData("dataset", "", "dataset_sha256 was ")]
    public void Run_CheckpointOfOtherDataOrOptions_IsRefusedByName(string flag, string value, string expected)
    {
        _folder.Train("own");
        if (flag == "dataset")
        {
            File.AppendAllText(_folder.Sample.Dataset, "\n");
            (flag, value) = ("logging_steps", "2"); // which makes no difference
        }

        var error = _folder.Refused(_folder.Line(
            "new", (flag, value), ("num_train_epochs", "2"), ("resume_from_checkpoint", Checkpoint("own", 4))));

        ErrorTable.Require("checkpoint of a run with other options", 2, error);
        Assert.Contains(expected, error);
        // As it advises: the adapter is a new run's start, whatever the options.
        if (flag is not ("lora_r" or "target_modules"))
        {
            _folder.Train("new", (flag, value), ("lora_weights", Checkpoint("own", 4)));
        }
    }

    [Fact]
    public void Run_CheckpointPastTheEnd_IsRefused()
    {
        _folder.Train("own");

        var error = _folder.Refused(
            _folder.Line("new", ("max_steps", "3"), ("resume_from_checkpoint", Checkpoint("own", 4))));

        ErrorTable.Require("checkpoint past the end of the run", 2, error);
    }

    [Theory]
    [InlineData("adapter_config.json adapter_model.safetensors optimizer.pt rng_state.pth", "peft trainer")]
    [InlineData("adapter_config.json adapter_model.bin optimizer.pt scheduler.pt trainer_state.json", "peft trainer")]
    [InlineData("adapter_config.json adapter_model.safetensors scheduler.pt", "peft trainer")]
    [InlineData("adapter_config.json adapter_model.safetensors rng_state_0.pth rng_state_1.pth", "peft trainer")]
    [InlineData("adapter_config.json adapter_model.bin scaler.pt training_args.bin", "peft trainer")]
    [InlineData("adapter_config.json adapter_model.bin optimizer.bin random_states_0.pkl", "peft trainer")]
    [InlineData("config.json pytorch_model.bin optimizer.pt trainer_state.json", "without an adapter_config.json")]
    [InlineData("model.safetensors config.json scheduler.pt rng_state.pth", "without an adapter_config.json")]
    [InlineData("adapter_config.json adapter_model.safetensors", "adapter")]
    [InlineData("adapter_config.json adapter_model.bin README.md", "adapter")]
    [InlineData("config.json model.safetensors tokenizer.json", "holds weights and no checkpoint")]
    [InlineData("config.json pytorch_model-00001-of-00002.bin", "holds weights and no checkpoint")]
    [InlineData("train.json", "holds no checkpoint; expected a folder checkpoint-STEP")]
    [InlineData("", "holds no checkpoint; expected a folder checkpoint-STEP")]
    [InlineData("optimizer.bin trainer_state.json lonas.json", "is damaged: its manifest.json is missing")]
    public void Run_SomethingElseNamed_SaysWhatItIs(string files, string expected)
    {
        var foreign = _folder.Folder("foreign");
        Directory.CreateDirectory(foreign);
        foreach (var file in files.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            File.WriteAllText(Path.Combine(foreign, file), "{}");
        }

        var error = _folder.Refused(_folder.Line("new", ("resume_from_checkpoint", foreign)));

        ErrorTable.Require(expected switch
        {
            "peft trainer" or "without an adapter_config.json" => "checkpoint of Hugging Face's Trainer",
            "adapter" => "trained adapter in place of a checkpoint",
            _ when expected.Contains("damaged") => "checkpoint damaged",
            _ => "folder without a checkpoint",
        }, 2, error);
        Assert.Contains(expected.Contains(' ') && expected != "peft trainer" ? expected : foreign, error);
    }

    /// <summary>The folder of a Trainer's run as --output_dir, and the newest asked for.</summary>
    [Fact]
    public void Run_NewestOfATrainersFolder_IsRefusedAsSuch()
    {
        var foreign = Path.Combine(_folder.Folder("new"), "checkpoint-500");
        Directory.CreateDirectory(foreign);
        foreach (var name in new[] { "adapter_config.json", "adapter_model.bin", "optimizer.pt", "rng_state.pth" })
        {
            File.WriteAllText(Path.Combine(foreign, name), "another program's");
        }

        var error = _folder.Refused(_folder.Line("new", ("resume_from_checkpoint", "True")));

        // No run of this program noted the folder as its own, which is said before its checkpoints are looked at.
        Assert.Contains("of no training run that is noted there, such as 'checkpoint-500'", error);
    }

    [Fact]
    public void Run_FolderOfARunNamed_NamesItsNewestCheckpoint()
    {
        _folder.Train("own");

        var error = _folder.Refused(_folder.Line(
            "new", ("num_train_epochs", "2"), ("resume_from_checkpoint", _folder.Folder("own"))));

        ErrorTable.Require("folder of a run in place of a checkpoint", 2, error);
        Assert.Contains($"such as '{Checkpoint("own", 4)}'", error);
        _folder.Train("new", ("num_train_epochs", "2"), ("resume_from_checkpoint", Checkpoint("own", 4)));
    }

    /// <summary>As a Trainer with PEFT leaves it: the advice to take its weights works.</summary>
    [Fact]
    public void Run_TrainersCheckpointAsAdapter_TrainsOn()
    {
        _folder.Train("own");
        var foreign = _folder.Folder("checkpoint-4");
        Directory.CreateDirectory(foreign);
        foreach (var name in new[] { "adapter_config.json", "adapter_model.safetensors" })
        {
            File.Copy(Path.Combine(_folder.Folder("own"), name), Path.Combine(foreign, name));
        }

        foreach (var name in new[] { "optimizer.pt", "scheduler.pt", "rng_state.pth", "trainer_state.json" })
        {
            File.WriteAllText(Path.Combine(foreign, name), "another program's");
        }

        Assert.Contains(
            "(--lora_weights)", _folder.Refused(_folder.Line("new", ("resume_from_checkpoint", foreign))));
        Assert.Contains("training starts from the adapter", _folder.Train("new", ("lora_weights", foreign)).Output);
    }

    private string Checkpoint(string run, int step) => Path.Combine(_folder.Folder(run), $"checkpoint-{step}");
}
