using LoNas.Cli.Model;
using LoNas.Cli.Output;
using LoNas.Hub;
using LoNas.Opening;
using LoNas.Tests.Support;

namespace LoNas.Tests.Cli;

public sealed class ModelLocationTests
{
    [Fact]
    public void Resolve_HubName_IsSaidOnceOnStandardError()
    {
        using var hub = new TinyHubRepository();
        hub.Add("model.safetensors", new byte[3 << 20]);
        var (folder, output, error) = Resolve("org/tiny", hub.Settings);

        Assert.Equal((hub.Snapshot, ""), (folder, output));
        Assert.StartsWith(
            $"there is no folder 'org/tiny': looking it up as a model name in '{hub.Settings.CacheFolder}', "
            + $"then at {hub.Settings.Endpoint}", error);
        Assert.Contains("downloading org/tiny (MiB) 3/3", error);
    }

    [Theory]
    [InlineData("tiny")]
    [InlineData("./org/tiny")]
    [InlineData("models/org/tiny")]
    public void Resolve_OtherPath_IsNeverLookedUp(string text)
    {
        using var hub = new TinyHubRepository();
        Assert.Equal((text, "", ""), Resolve(text, hub.Settings));
        Assert.Empty(hub.Hub.Seen);
    }

    [Fact]
    public void Resolve_ExistingFolder_IsTaken()
    {
        using var hub = new TinyHubRepository();
        var folder = Repository.Fixture("llama-tiny");
        Assert.Equal((folder, "", ""), Resolve(folder, hub.Settings));
        Assert.Empty(hub.Hub.Seen);
    }

    [Fact]
    public void Inspect_HubName_ReadsTheConfigurationAlone()
    {
        using var hub = new TinyHubRepository();
        hub.Add("config.json", PublishedConfigs.Llama7b);
        var run = CliProcess.Of(
            [("HF_ENDPOINT", $"{hub.Hub.Address}"), ("HF_HUB_CACHE", hub.Settings.CacheFolder),
                ("HF_HUB_OFFLINE", "0")],
            "inspect", "--model_name_or_path", "org/tiny", "--json");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("\"total_params\":6738415616", run.Output);
        Assert.Contains("there is no folder 'org/tiny'", run.Error);
        Assert.Equal(["config.json"], Directory.GetFiles(hub.Snapshot).Select(path => Path.GetFileName(path)));
    }

    /// <summary>From the download to the text: the cache holds links, through which weights are mapped.</summary>
    [Fact]
    public void Generate_HubName_WritesWhatTheFolderGives()
    {
        using var hub = new TinyHubRepository();
        foreach (var path in Directory.EnumerateFiles(SampleRun.Model))
        {
            hub.Add(Path.GetFileName(path), File.ReadAllBytes(path));
        }

        var named = Generate("org/tiny");

        Assert.Equal((0, Generate(SampleRun.Model).Output), (named.ExitCode, named.Output));
        Assert.NotEqual("", named.Output.Trim());

        CliRun Generate(string model) => CliProcess.Of(
            [("HF_ENDPOINT", $"{hub.Hub.Address}"), ("HF_HUB_CACHE", hub.Settings.CacheFolder),
                ("HF_HUB_OFFLINE", "0")],
            "generate", "--model_name_or_path", model, "--raw", "--prompt", "Amy found", "--max_new_tokens", "8",
            "--num_beams",
            "1", "--threads", "1");
    }

    [Fact]
    public void Generate_MistypedFolder_SaysBothPossibilities()
    {
        var cache = Directory.CreateTempSubdirectory("lonas-").FullName;
        var run = CliProcess.Of(
            [("HF_HUB_OFFLINE", "1"), ("HF_HUB_CACHE", cache)],
            "generate", "--model_name_or_path", "models/lama", "--prompt", "x");

        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains("looking it up as a model name", run.Error);
        Assert.Contains(
            "error: There is no folder 'models/lama'; as a model name it is not complete in the cache", run.Error);
    }

    private static (string Folder, string Output, string Error) Resolve(string text, HubSettings settings)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var notes = new ConsoleReporter(output, error).OnError();
        string folder;
        using (var bar = new DownloadBar(notes, text))
        {
            var location = new ModelLocation
            {
                Hub = settings,
                Logger = new ConsoleLogger(notes),
                OnDownload = bar.Show,
            };
            folder = location.Find(text, null, HubContent.Model);
        }

        return (folder, output.ToString(), error.ToString());
    }
}
