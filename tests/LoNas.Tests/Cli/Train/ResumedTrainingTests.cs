using System.Text;
using LoNas.Cli;
using LoNas.Cli.Commands;
using LoNas.Cli.Output;
using LoNas.Data;
using LoNas.Runtime;
using LoNas.Tests.Support;
using LoNas.Training.Checkpoints;

namespace LoNas.Tests.Cli.Train;

/// <summary>A training that was stopped, killed or damaged goes on, and says what it does.</summary>
public sealed class ResumedTrainingTests
{
    private static readonly (string, string?)[] EveryStep = [("save_strategy", "steps"), ("save_steps", "1")];

    [Fact]
    public void Run_NewestCheckpointDamaged_IsNamedAndTheOneBeforeUsed()
    {
        using var unbroken = new SampleRun();
        using var broken = new SampleRun();
        SampleRun.Run(unbroken.Training(EveryStep));
        StopAfter("checkpoint-3", broken.Training(EveryStep));
        var damaged = Path.Combine(broken.Output, "checkpoint-3");
        File.WriteAllBytes(Path.Combine(damaged, "optimizer.bin"), [1, 2, 3]);

        // Named by hand it is an error, and nothing is written.
        var before = broken.Listing();
        var refused = SampleRun.Run(broken.Training([.. EveryStep, ("resume_from_checkpoint", damaged)]));
        ErrorTable.Require("checkpoint damaged", refused.ExitCode, refused.Error);
        Assert.StartsWith(
            $"error: The checkpoint '{damaged}' is damaged: optimizer.bin has 3 bytes of ", refused.Error);
        Assert.Equal(before, broken.Listing());

        var run = SampleRun.Run(broken.Training(EveryStep));

        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith(
            $"warning: the checkpoint '{damaged}' is damaged and is passed over: optimizer.bin has", run.Error);
        Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("step 2 of 6", run.Output);
        Assert.Equal(unbroken.AdapterBytes(), broken.AdapterBytes());
        Assert.Equal(unbroken.StateWithoutClock(), broken.StateWithoutClock());
    }

    [Fact]
    public void Run_NoCheckpointWhole_StartsAgainWithAWarning()
    {
        using var unbroken = new SampleRun();
        using var broken = new SampleRun();
        SampleRun.Run(unbroken.Training(EveryStep));
        StopAfter("checkpoint-1", broken.Training(EveryStep));
        File.Delete(Path.Combine(broken.Output, "checkpoint-1", "manifest.json"));

        var run = SampleRun.Run(broken.Training(EveryStep));

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("its manifest.json is missing", run.Error);
        Assert.Contains("warning: no checkpoint is whole: training starts again", run.Error);
        Assert.DoesNotContain("going on", run.Output);
        Assert.Equal(unbroken.AdapterBytes(), broken.AdapterBytes());
    }

    [Fact]
    public void Run_KilledBeforeTheFirstCheckpoint_StartsAgainAndEndsTheSame()
    {
        using var unbroken = new SampleRun();
        using var broken = new SampleRun();
        SampleRun.Run(unbroken.Training());

        Assert.True(
            CliProcess.Kill(() => File.Exists(Path.Combine(broken.Output, "lonas_run.json")), broken.Training()));
        Assert.Empty(Directory.GetDirectories(broken.Output));

        var run = SampleRun.Run(broken.Training());
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(unbroken.AdapterBytes(), broken.AdapterBytes());
    }

    [Fact]
    public void Run_StoppedWithTensorBoard_GoesOnInTheSameCurve()
    {
        using var sample = new SampleRun();
        string[] line = sample.Training([.. EveryStep, ("report_to", "tensorboard")]);
        StopAfter("checkpoint-3", line);

        Assert.Equal(0, SampleRun.Run(line).ExitCode);

        var curve = Assert.Single(Directory.GetDirectories(Path.Combine(sample.Output, "runs")));
        Assert.Equal(2, Directory.GetFiles(curve, "*tfevents*").Length);
    }

    [Fact]
    public void Run_LossIsNeverFinite_StopsWithTheRecordsOfTheFile()
    {
        using var sample = new SampleRun();
        var model = ErrorModels.Scaled(sample, "model.embed_tokens.weight", double.NaN);
        // 8 records are left, which is one window.
        var run = SampleRun.Run(sample.Training(
            ("model_name_or_path", model), ("nncf_config", null), ("val_set_size", "40"), ("num_train_epochs", "5"),
            ("max_skipped_steps", "1")));

        var records = InstructionDataset.Load(sample.Dataset);
        var trained = InstructionDataset.Split(records, 40, new SeededRandom(42)).Training
            .Select(record => records.Index().Single(item => ReferenceEquals(item.Item, record)).Index + 1).ToHashSet();
        Assert.Equal(1, run.ExitCode);
        var lines = run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.Matches(
            "^warning: step 1/5 was skipped: its loss was not finite; records .*; 1 in a row, 1 in all$", lines[0]);
        Assert.Matches("^warning: step 2/5 was skipped: .*; 2 in a row, 2 in all$", lines[1]);
        Assert.StartsWith("error: Training stopped at step 2 of 5: ", lines[2]);
        var named = lines[0].Split("records ")[1].Split(';')[0].Split(", ").Select(int.Parse);
        Assert.Equal(trained.Order(), named.Order());
    }

    [Fact]
    public void Run_LossNotFiniteButAllowed_EndsAndCounts()
    {
        using var sample = new SampleRun();
        var model = ErrorModels.Scaled(sample, "model.embed_tokens.weight", double.NaN);

        var run = SampleRun.Run(sample.Training(("model_name_or_path", model)));

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(6, sample.Json("train_results.json").GetProperty("skipped_steps").GetInt32());
    }

    [Fact]
    public void Run_OptimizerOfAnotherVersion_SaysWhatToDo()
    {
        using var sample = new SampleRun();
        StopAfter("checkpoint-1", sample.Training(EveryStep));
        var checkpoint = Path.Combine(sample.Output, "checkpoint-1");
        File.WriteAllText(Path.Combine(checkpoint, "optimizer.bin"), "what another version wrote");
        // Whole, by its manifest.
        File.Delete(Path.Combine(checkpoint, CheckpointManifest.FileName));
        CheckpointManifest.Write(checkpoint);
        var before = sample.Listing();

        var run = SampleRun.Run(sample.Training([.. EveryStep, ("resume_from_checkpoint", checkpoint)]));

        ErrorTable.Require("optimiser state of another version", run.ExitCode, run.Error);
        Assert.Equal(before, sample.Listing());
    }

    /// <summary>Runs a line and asks it to stop, as Ctrl+C does, once it says that it saved a checkpoint.</summary>
    /// <returns>What it says on standard error.</returns>
    internal static string StopAfter(string checkpoint, string[] line)
    {
        using var stop = new CancellationTokenSource();
        using var output = new WatchedWriter(text =>
        {
            if (text.Contains($"{Path.DirectorySeparatorChar}{checkpoint}", StringComparison.Ordinal))
            {
                stop.Cancel();
            }
        });
        using var error = new StringWriter();
        int code = Program.Run(line, new ConsoleReporter(output, error), CommandTable.All, stop.Token);
        Assert.Equal(130, code);
        return error.ToString();
    }

    /// <summary>Hands on every text that is written.</summary>
    private sealed class WatchedWriter(Action<string> seen) : TextWriter
    {
        private readonly StringBuilder _line = new();

        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value)
        {
            _line.Append(value);
            if (value == '\n')
            {
                seen(_line.ToString());
                _line.Clear();
            }
        }
    }
}
