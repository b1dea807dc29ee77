using System.Text.Json;
using LoNas.Cli.Output;
using LoNas.Storage;
using LoNas.Tests.Support;

namespace LoNas.Tests.Cli;

/// <summary>What <c>lonas.log</c> holds, and what no file of a run holds.</summary>
public sealed class RunLogTests
{
    [Fact]
    public void Run_TrainedAndTested_LogHasStartStepsCheckpointsAndEnd()
    {
        using var sample = new SampleRun();

        Assert.Equal(0, SampleRun.Run(sample.Training(("do_test", "True"))).ExitCode);

        var lines = Lines(sample);
        Assert.Equal("start", Event(lines[0]));
        Assert.Equal("run-math", lines[0].GetProperty("message").GetString());
        Assert.Matches(@"^\d+\.\d+\.\d+", lines[0].GetProperty("version").GetString()!);
        var log = lines.First(line => Event(line) == "log");
        Assert.Equal(2, log.GetProperty("step").GetInt32());
        Assert.InRange(log.GetProperty("loss").GetDouble(), 0.1, 20);
        Assert.Contains(lines, line => Event(line) == "checkpoint"
            && line.GetProperty("checkpoint").GetString() == Path.Combine(sample.Output, "checkpoint-6"));
        Assert.Equal(("end", 0), (Event(lines[^1]), lines[^1].GetProperty("exit_code").GetInt32()));
        Assert.All(lines,
            line => Assert.Matches(
                @"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", line.GetProperty("time").GetString()!));
    }

    [Fact]
    public void Run_InterruptedThenRunAgain_LogGoesOn()
    {
        using var sample = new SampleRun();
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.Equal(130, SampleRun.Run(sample.Training(), stop.Token).ExitCode);
        var interrupted = Lines(sample)[^1];
        Assert.Equal(("error", "interrupted"), (interrupted.GetProperty("level").GetString(), Event(interrupted)));

        Assert.Equal(0, SampleRun.Run([.. sample.Training(), "--debug"]).ExitCode);

        var events = Lines(sample).Select(Event).ToArray();
        Assert.Equal(2, events.Count(name => name == "start"));
        Assert.Equal("end", events[^1]);
    }

    [Fact]
    public void Run_LogCannotBeWritten_GoesOnWithout()
    {
        using var sample = new SampleRun();
        Directory.CreateDirectory(Path.Combine(sample.Output, RunLog.FileName));

        var run = SampleRun.Run(sample.Training());

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Add_Failure_LogsTypeAndTraceOnlyWithDebug(bool debug)
    {
        using var folder = new TemporaryFolder();
        var run = CliRun.Of(
            (_, console, _) =>
            {
                console.Log.Begin(folder.Root);
                throw new InvalidOperationException("what happened");
            },
            debug ? ["work", "--debug"] : ["work"]);

        Assert.Equal(1, run.ExitCode);
        Assert.Equal(debug, run.Error.Contains("   at ", StringComparison.Ordinal));
        var line = JsonInput.Parse(File.ReadLines(folder.Path(RunLog.FileName)).Last(), "log");
        Assert.Equal("InvalidOperationException", line.GetProperty("exception").GetString());
        Assert.Equal(debug, line.TryGetProperty("trace", out _));
    }

    [Fact]
    public void Add_PathInHome_IsShortened()
    {
        using var folder = new TemporaryFolder();
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        Assert.SkipWhen(home.TrimEnd('/').Length == 0, "there is no home folder");
        var log = new RunLog(TimeProvider.System);

        log.Add("info", "message", $"looking in '{home}/.cache'");
        log.Begin(folder.Root);

        Assert.Contains("'~/.cache'", File.ReadAllText(folder.Path(RunLog.FileName)));
    }

    [Fact]
    public void Run_WithRelativePaths_NoFileHoldsAnAbsolutePathOrASecret()
    {
        using var sample = new SampleRun();
        foreach (var file in Directory.EnumerateFiles(SampleRun.CopyOfModel(Path.Combine(sample.Folder, "base"))))
        {
            Assert.True(File.Exists(file));
        }

        File.Copy(SampleRun.Configuration, Path.Combine(sample.Folder, "space.json"));
        string[] train = sample.Training(
            ("model_name_or_path", "base"), ("nncf_config", "space.json"), ("dataset_path", "train.json"),
            ("datasets_dir", "datasets"), ("output_dir", "out"), ("do_test", "True"), ("do_search", "True"),
            ("val_set_size", "6"), ("num_evals", "4"), ("population", "2"), ("max_new_tokens", "4"));
        string[] source = ["--model_name_or_path", "base", "--lora_weights", "out"];

        foreach (var args in new[]
        {
            train,
            ["extract", .. source, "--output_dir", "small"],
            ["export", .. source, "--sub_adapter", "maximal", "--to", "peft", "--output", "peft"],
            ["evaluate", .. source, "--tasks", "mawps", "--datasets_dir", "datasets", "--output_dir", "judged",
                "--limit", "1"],
        })
        {
            var run = In(sample.Folder, args);
            Assert.True(run.ExitCode == 0, run.Error);
        }

        var own = Path.GetFileName(sample.Folder);
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile).TrimEnd('/');
        foreach (var path in new[] { "out", "small", "peft", "judged" }.SelectMany(folder => Directory.EnumerateFiles(
            Path.Combine(sample.Folder, folder), "*", SearchOption.AllDirectories)))
        {
            var text = File.ReadAllText(path);
            Assert.DoesNotContain(own, text);
            Assert.DoesNotContain(Repository.Root, text);
            Assert.DoesNotContain("hf_very_secret", text);
            Assert.True(home.Length < 2 || !text.Contains($"{home}/", StringComparison.Ordinal), path);
        }

        Assert.Contains("\"base\"", File.ReadAllText(Path.Combine(sample.Output, "adapter_config.json")));
    }

    private static CliRun In(string folder, string[] args)
    {
        using var process = CliProcess.Start([("HF_TOKEN", "hf_very_secret")], folder, args);
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new CliRun(process.ExitCode, output, error.Result);
    }

    private static JsonElement[] Lines(SampleRun sample) =>
        [.. File.ReadLines(Path.Combine(sample.Output, RunLog.FileName)).Select(line => JsonInput.Parse(line, "log"))];

    private static string Event(JsonElement line) => line.GetProperty("event").GetString()!;
}
