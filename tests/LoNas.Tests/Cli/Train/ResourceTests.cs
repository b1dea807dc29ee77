using System.Diagnostics;
using LoNas.Cli.Flags;
using LoNas.Cli.Train;
using LoNas.Data;
using LoNas.Tests.Support;

namespace LoNas.Tests.Cli.Train;

/// <summary>Too little memory or disk: foretold, overridden, and met.</summary>
public sealed class ResourceTests
{
    private const long Gib = 1L << 30;

    [Theory]
    [InlineData(8, 9, 1, 2, null)]
    [InlineData(8, 8, 1, null, null)]
    [InlineData(8, 7, 1, 2,
        "training needs about 8.0 GiB of memory and 7.0 GiB are free; give --gradient_checkpointing or --dtype bf16")]
    [InlineData(8, 9, 3, 2,
        "'out' needs about 3.0 GiB of disk and 2.0 GiB are free there; keep fewer checkpoints with --save_total")]
    public void Require_NeedAgainstFree_RefusedOrWarned(
        int memory, int freeMemory, int disk, int? freeDisk, string? message)
    {
        var needs = new TrainingNeeds(memory * Gib, disk * Gib);

        foreach (bool force in new[] { false, true })
        {
            var run = CliRun.Of(
                (_, console, _) =>
                {
                    var options = new RunOptions { Output = new OutputFlags { OutputDir = "out" }, Force = force };
                    needs.Require(options, freeMemory * Gib, freeDisk * Gib, console);
                    return 0;
                },
                "work");
            Assert.Equal(message is null || force ? 0 : 1, run.ExitCode);
            Assert.StartsWith(
                message is null ? "" : force ? $"warning: {message.Split(';')[0]}; going on" : $"error: {message}",
                run.Error);
        }
    }

    [Fact]
    public void Of_SampleRun_GrowsWithBatchAndCheckpoints()
    {
        using var sample = new SampleRun();
        var few = Needs(sample, ("per_device_train_batch_size", "1"), ("save_total_limit", "1"), ("save_steps", "1"),
            ("save_strategy", "steps"));
        var many = Needs(sample, ("per_device_train_batch_size", "8"), ("save_steps", "1"), ("save_strategy", "steps"));

        Assert.True(many.Memory > few.Memory);
        Assert.True(many.Disk > 3 * few.Disk / 2, $"{few.Disk} and {many.Disk}");
    }

    [Fact]
    public void Of_CheckpointsThatAreWritten_AreNotLarger()
    {
        using var sample = new SampleRun();
        (string, string?)[] steps = [("save_steps", "2"), ("save_strategy", "steps")];
        var needs = Needs(sample, steps);
        Assert.Equal(0, SampleRun.Run(sample.Training(steps)).ExitCode);

        long written = Directory.EnumerateFiles(sample.Output, "*", SearchOption.AllDirectories)
            .Sum(path => new FileInfo(path).Length);

        Assert.InRange(needs.Disk, written / 2, written * 2);
    }

    [Theory]
    [InlineData(28,
        "the disk is full: no space: 'x'; what was complete is intact: free some space, and the same command goes on")]
    [InlineData(5, "no space: 'x'")]
    public void Run_WriteFails_SaysWhatToDo(int errno, string message)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "error numbers are Linux's");
        var run = CliRun.Of((_, _, _) => throw new IOException("no space: 'x'", errno), "work");

        Assert.Equal((1, $"error: {message}\n"), (run.ExitCode, run.Error));
    }

    [Fact]
    public void Run_LibtorchHasNoMemory_SaysWhatToDo()
    {
        var run = CliRun.Of(
            (_, _, _) =>
            {
                using var huge = TorchSharp.torch.empty(1L << 58);
                return 0;
            },
            "work");

        ErrorTable.Require("memory used up", run.ExitCode, run.Error);
        Assert.EndsWith("--cutoff_len needs less\n", run.Error);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public void Extract_SmallDrive_RefusedBeforeAnythingIsWrittenAndFullWithForce()
    {
        using var folder = new TemporaryFolder();
        var disk = Directory.CreateDirectory(folder.Path("disk")).FullName;
        var line = $"extract --model_name_or_path {Repository.Fixture("llama-tiny")} --lora_weights "
            + $"{TinyFamilies.AdapterFolder("llama")} --nncf_config {Repository.Fixture("nncf_llama_tiny.json")} "
            + $"--output_dir {disk}/out --threads 1";
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && OnSmallDrive(disk, "true").ExitCode == 0, "needs a user's own mounts");

        var refused = OnSmallDrive(disk, $"{Program} {line}");
        var forced = OnSmallDrive(disk, $"{Program} {line} --force; code=$?; ls -A {disk}; exit $code");

        Assert.Equal(1, refused.ExitCode);
        Assert.Matches(@"^error: '.*out' needs about 0\.[0-9] MiB of disk and 0\.[0-9] MiB are free there; free some",
            refused.Error);
        Assert.Equal((1, ""), (forced.ExitCode, forced.Output));
        Assert.Contains("warning: '", forced.Error);
        Assert.Contains("error: the disk is full: ", forced.Error);
    }

    private static string Program =>
        $"{Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet"} "
        + $"{Path.Combine(AppContext.BaseDirectory, "LoNas.Cli.dll")}";

    private static CliRun OnSmallDrive(string disk, string script)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(
                "unshare", ["-rm", "bash", "-c", $"mount -t tmpfs -o size=200k tmpfs {disk} && {{ {script}; }}"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return new CliRun(process.ExitCode, output, error.GetAwaiter().GetResult());
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return new CliRun(1, "", "no unshare");
        }
    }

    private static TrainingNeeds Needs(SampleRun sample, params (string, string?)[] changes)
    {
        var options = CliRun.RunMath(sample.Training(changes)[1..]);
        using var model = ElasticModel.Open(new OpenOptions
        {
            Model = options.Model.ModelNameOrPath,
            NewAdapter = options.NewAdapter.ToLora(),
            ConfigurationFile = options.Adapter.NncfConfig,
            Threads = 1,
        });
        var records = LoNas.Data.InstructionDataset.Load(options.Data.DatasetPath!);
        return TrainingNeeds.Of(
            options, model, TrainingData.Encode(records, options.Data.ToOptions(), model.Tokenizer));
    }
}
