using System.Text.Json.Nodes;
using LoNas.Tests.Cli.Train;
using LoNas.Tests.Support;
using LoNas.Training.Checkpoints;

namespace LoNas.Tests.FieldCases;

/// <summary>
/// Short trainings of plain LoRA: 16 records, 4 steps an epoch, a checkpoint every 2 steps, a log of every one.
/// </summary>
internal sealed class TrainedFolder : IDisposable
{
    public SampleRun Sample { get; } = new(trainingRecords: 16);

    public void Dispose() => Sample.Dispose();

    /// <summary>A folder of this test.</summary>
    public string Folder(string name) => Path.Combine(Sample.Folder, name);

    /// <summary>The line of a training into a folder of this test.</summary>
    public string[] Line(string output, params (string Flag, string? Value)[] changes) => Sample.Training(
    [
        ("output_dir", Folder(output)), ("nncf_config", null), ("lora_r", "4"), ("lora_alpha", "8"),
        ("target_modules", "q_proj,v_proj"), ("gradient_accumulation_steps", "1"), ("save_strategy", "steps"),
        ("save_steps", "2"), ("logging_steps", "1"), .. changes,
    ]);

    /// <summary>Runs such a line, which must succeed.</summary>
    public (string Output, string Error) Train(string output, params (string Flag, string? Value)[] changes)
    {
        var run = SampleRun.Run(Line(output, changes));
        Assert.True(run.ExitCode == 0, run.Error);
        return (run.Output, run.Error);
    }

    /// <summary>The same, stopped as by Ctrl+C once a checkpoint is saved.</summary>
    public string Stop(string checkpoint, string output, params (string Flag, string? Value)[] changes) =>
        ResumedTrainingTests.StopAfter(checkpoint, Line(output, changes));

    /// <summary>What a line that is refused says; nothing may be written.</summary>
    public string Refused(string[] line)
    {
        var before = Sample.Listing();
        var run = SampleRun.Run(line);
        Assert.Equal(2, run.ExitCode);
        Assert.Equal(before, Sample.Listing());
        return run.Error;
    }

    public byte[] Adapter(string output) =>
        File.ReadAllBytes(Path.Combine(Folder(output), "adapter_model.safetensors"));

    public string State(string output) => Sample.StateWithoutClock(Folder(output));

    /// <summary>Learning rates of the log, in order.</summary>
    public double[] Rates(string output) =>
    [
        .. Sample.Json(Path.Combine(Folder(output), "trainer_state.json")).GetProperty("log_history").EnumerateArray()
            .Where(entry => entry.TryGetProperty("learning_rate", out _))
            .Select(entry => entry.GetProperty("learning_rate").GetDouble()),
    ];

    /// <summary>Copies a folder of this test with all that is in it.</summary>
    public string Copy(string from, string to)
    {
        foreach (var path in Directory.EnumerateFiles(Folder(from), "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(Folder(to), Path.GetRelativePath(Folder(from), path));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(path, target);
        }

        return Folder(to);
    }

    /// <summary>
    /// Gives a checkpoint the files of an earlier version, whose trainer_state.json held all, with the state of a
    /// dropout that went on, and whose optimizer.bin did not say how many sums of gradients there are.
    /// </summary>
    public static void MakeFormer(string checkpoint)
    {
        var path = Path.Combine(checkpoint, RunStateFile.Name);
        var state = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        state.Remove("dropout_seed");
        state["dropout_state"] = "AAAA";
        File.WriteAllText(path, state.ToJsonString());
        path = Path.Combine(checkpoint, TrainingCheckpoint.OptimizerName);
        var optimizer = File.ReadAllBytes(path).ToList();
        optimizer[8] = 1;
        optimizer.RemoveRange(16, sizeof(int));
        File.WriteAllBytes(path, [.. optimizer]);
        File.Move(
            Path.Combine(checkpoint, RunStateFile.Name), Path.Combine(checkpoint, TrainingCheckpoint.StateFile),
            overwrite: true);
        File.Delete(Path.Combine(checkpoint, "lonas_run.json"));
        File.Delete(Path.Combine(checkpoint, CheckpointManifest.FileName));
        CheckpointManifest.Write(checkpoint);
    }
}
