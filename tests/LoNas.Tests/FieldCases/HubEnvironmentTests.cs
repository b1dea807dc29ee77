using LoNas.Tests.Cli;
using LoNas.Tests.Support;

namespace LoNas.Tests.FieldCases;

/// <summary>The environment variables of Transformers 4.31's time, in processes of their own.</summary>
public sealed class HubEnvironmentTests : IDisposable
{
    private const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private static readonly string[] Line =
    [
        "generate", "--model_name_or_path", "me/tiny", "--raw", "--prompt", "a", "--max_new_tokens", "1", "--device",
        "cpu",
    ];

    private readonly TemporaryFolder _cache = new();

    public void Dispose() => _cache.Dispose();

    [Theory]
    [InlineData("HUGGINGFACE_HUB_CACHE", "HF_HUB_OFFLINE")]
    [InlineData("TRANSFORMERS_CACHE", "TRANSFORMERS_OFFLINE")]
    public void Generate_ModelInTheCacheOfAnOldName_IsFound(string cache, string offline)
    {
        Cached();

        var run = CliProcess.Of([(cache, _cache.Root), (offline, "yes")], Line);

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains($"looking it up as a model name in '{_cache.Root}' (of {cache})", run.Error);
    }

    [Fact]
    public void Generate_OfflineWithoutTheModel_SaysWhatDecided()
    {
        var run = CliProcess.Of(
            [("HF_HUB_OFFLINE", "0"), ("TRANSFORMERS_CACHE", _cache.Root), ("TRANSFORMERS_OFFLINE", "1")], Line);

        ErrorTable.Require("model that is not in the cache, offline", run.ExitCode, run.Error);
        Assert.Contains($"'{_cache.Root}' (of TRANSFORMERS_CACHE), and TRANSFORMERS_OFFLINE forbids", run.Error);
    }

    [Fact]
    public void Generate_OfflineWithAnIncompleteModel_NamesWhatIsMissing()
    {
        Cached("model.safetensors.index.json", """{"weight_map": {"a": "model-00002-of-00002.safetensors"}}""");

        var run = CliProcess.Of([("TRANSFORMERS_CACHE", _cache.Root), ("TRANSFORMERS_OFFLINE", "1")], Line);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(
            "(of TRANSFORMERS_CACHE), where model-00002-of-00002.safetensors is missing, and", run.Error);
    }

    /// <summary>The sample in the cache; with a file in place of its weights where one is given.</summary>
    private void Cached(string? file = null, string content = "")
    {
        var root = _cache.Path("models--me--tiny");
        Directory.CreateDirectory(Path.Combine(root, "refs"));
        File.WriteAllText(Path.Combine(root, "refs", "main"), Commit);
        var model = SampleRun.CopyOfModel(Path.Combine(root, "snapshots", Commit));
        if (file is not null)
        {
            File.Delete(Path.Combine(model, "model.safetensors"));
            File.WriteAllText(Path.Combine(model, file), content);
        }
    }
}
