using System.Text.Json.Nodes;
using LoNas.Storage;
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
        File.WriteAllText(path, state.ToJsonString(JsonOutput.Indented));
        path = Path.Combine(checkpoint, TrainingCheckpoint.OptimizerName);
        File.WriteAllBytes(path, FormerLayout(File.ReadAllBytes(path)));
        File.Move(
            Path.Combine(checkpoint, RunStateFile.Name), Path.Combine(checkpoint, TrainingCheckpoint.StateFile),
            overwrite: true);
        File.Delete(Path.Combine(checkpoint, "lonas_run.json"));
        File.Delete(Path.Combine(checkpoint, CheckpointManifest.FileName));
        CheckpointManifest.Write(checkpoint);
    }

    /// <summary>
    /// Layout 1: no number of sums, and for each parameter a byte that says whether it has a gradient.
    /// </summary>
    private static byte[] FormerLayout(byte[] present)
    {
        using var reader = new BinaryReader(new MemoryStream(present));
        using var former = new MemoryStream();
        using var writer = new BinaryWriter(former);
        writer.Write(reader.ReadBytes(8));
        writer.Write(reader.ReadInt32() - 1);
        int parameters = reader.ReadInt32();
        writer.Write(parameters);
        Assert.Equal(0, reader.ReadInt32());
        for (int i = 0; i < parameters; i++)
        {
            writer.Write(reader.ReadString());
            int dimensions = reader.ReadInt32();
            writer.Write(dimensions);
            long[] sizes = [.. Enumerable.Range(0, dimensions).Select(_ => reader.ReadInt64())];
            Array.ForEach(sizes, writer.Write);
            writer.Write(reader.ReadInt64());
            long bytes = sizes.Aggregate(2L * sizeof(float), (product, size) => product * size);
            writer.Write(reader.ReadBytes((int)bytes));
            writer.Write(false);
        }

        return former.ToArray();
    }
}
