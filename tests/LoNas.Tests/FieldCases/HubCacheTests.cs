using LoNas.Tests.Cli;
using LoNas.Tests.Support;

namespace LoNas.Tests.FieldCases;

/// <summary>A cache of the hub that somebody, or a fault of a disk, has changed.</summary>
public sealed class HubCacheTests : IDisposable
{
    private readonly TinyHubRepository _hub = new();

    public HubCacheTests() => _hub.Add("model.safetensors", [.. Enumerable.Range(0, 300).Select(i => (byte)i)]);

    private string Reference => Path.Combine(_hub.Root, "refs", "main");

    public void Dispose() => _hub.Dispose();

    [Theory]
    [InlineData("../..")]
    [InlineData("..")]
    [InlineData("/etc")]
    [InlineData("main")]
    [InlineData("0123456789abcdef0123456789abcdef0123456")]
    [InlineData("0123456789ABCDEF0123456789ABCDEF01234567")]
    [InlineData("0123456789abcdef0123456789abcdef01234567/..")]
    [InlineData("0123456789abcdef0123456789abcdef01234567\n../x")]
    public void Fetch_ReferenceThatIsNoCommit_IsRefused(string content)
    {
        _hub.Fetch();
        File.WriteAllText(Reference, content);

        var message = _hub.Failure();

        Assert.Contains($"The hub cache's reference '{Reference}' holds '", message);
        Assert.Contains("expected a commit of 40 hexadecimal digits", message);
    }

    [Fact]
    public void Fetch_ReferenceWithALineEnd_IsRight()
    {
        _hub.Fetch();
        File.AppendAllText(Reference, "\r\n");

        Assert.Equal(_hub.Snapshot, _hub.Fetch());
    }

    [Theory]
    [InlineData("config.json", "its git hash is ")]
    [InlineData("tokenizer.model", "its git hash is ")]
    [InlineData("model.safetensors", "its SHA-256 is ")]
    public void Fetch_BlobThatIsNotItsName_IsRefused(string name, string expected)
    {
        _hub.Fetch();
        var blob = new FileInfo(Path.Combine(_hub.Snapshot, name)).ResolveLinkTarget(true)!.FullName;
        File.AppendAllText(blob, " ");

        var message = _hub.Failure();

        Assert.Contains($"'{Path.Combine(_hub.Snapshot, name)}' is damaged: {expected}", message);
        Assert.Contains($"and its name says {Path.GetFileName(blob)}; remove '{blob}'", message);
        File.Delete(blob);
        Assert.Equal(_hub.Snapshot, _hub.Fetch());
        Assert.True(File.Exists(blob));
    }

    /// <summary>Mirrors name small files by the SHA-1 of the content alone.</summary>
    [Fact]
    public void Fetch_BlobNamedByItsPlainSha1_IsRight()
    {
        _hub.Fetch();
        var link = Path.Combine(_hub.Snapshot, "config.json");
        var blob = new FileInfo(link).ResolveLinkTarget(true)!.FullName;
#pragma warning disable CA5350 // a name in a cache
        var plain = Convert.ToHexStringLower(
            System.Security.Cryptography.SHA1.HashData(File.ReadAllBytes(blob)));
#pragma warning restore CA5350
        File.Move(blob, Path.Combine(Path.GetDirectoryName(blob)!, plain));
        File.Delete(link);
        File.CreateSymbolicLink(link, $"../../blobs/{plain}");

        Assert.Equal(_hub.Snapshot, _hub.Fetch());
    }

    [Fact]
    public void Fetch_SilentTransfer_EndsAndKeepsWhatCame()
    {
        _hub.Settings = _hub.Settings with { ReadTimeout = TimeSpan.FromMilliseconds(300) };
        _hub.OverrideStorage = _ =>
        {
            Thread.Sleep(1500);
            return null;
        };

        var error = Assert.Throws<IOException>(() => _hub.Fetch());

        Assert.Contains(
            "sends nothing of 'model.safetensors' (no answer for 0.3 s); try again, which goes on", error.Message);
    }

    [Fact]
    public void Generate_ReferenceThatIsAPath_IsRefused()
    {
        using var folder = new TemporaryFolder();
        var root = folder.Path("models--me--tiny");
        Directory.CreateDirectory(Path.Combine(root, "refs"));
        File.WriteAllText(Path.Combine(root, "refs", "main"), "../../..");
        SampleRun.CopyOfModel(Path.Combine(root, "snapshots", TinyHubRepository.Commit));

        var run = CliProcess.Of(
            [("HF_HUB_CACHE", folder.Root), ("HF_HUB_OFFLINE", "1")],
            "generate", "--model_name_or_path", "me/tiny", "--raw", "--prompt", "a");

        ErrorTable.Require("reference of the cache that is no commit", run.ExitCode, run.Error);
    }
}
