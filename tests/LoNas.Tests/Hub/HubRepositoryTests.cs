using System.Net;
using System.Net.Sockets;
using LoNas.Hub;
using LoNas.Tests.Support;
using static LoNas.Tests.Support.TinyHub;

namespace LoNas.Tests.Hub;

public sealed class HubRepositoryTests : IDisposable
{
    private readonly TinyHubRepository _hub = new();
    private readonly byte[] _weights = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 7))];

    public HubRepositoryTests() => _hub.Add("model.safetensors", _weights);

    public void Dispose() => _hub.Dispose();

    [Fact]
    public void Fetch_Model_LiesInHuggingFacesLayout()
    {
        var steps = new List<HubProgress>();
        var folder = _hub.Fetch(progress: steps.Add);

        Assert.Equal(_hub.Snapshot, folder);
        Assert.Equal(["config.json", "model.safetensors", "tokenizer.model"], Names(folder));
        Assert.Equal(_weights, File.ReadAllBytes(Path.Combine(folder, "model.safetensors")));
        Assert.Equal(TinyHubRepository.Commit, File.ReadAllText(Path.Combine(_hub.Root, "refs", "main")));
        Assert.Equal(
            $"../../blobs/{TinyHubRepository.Sha256(_weights)}",
            new FileInfo(Path.Combine(folder, "model.safetensors")).LinkTarget);
        long total = _weights.Length + _hub["config.json"].Length + _hub["tokenizer.model"].Length;
        Assert.Equal(new HubProgress("model.safetensors", total, total), steps[^1]);
        Assert.Empty(Directory.GetFiles(Path.Combine(_hub.Root, "blobs"), "*.incomplete"));
    }

    [Fact]
    public void Fetch_CompleteInCache_AsksNobody()
    {
        _hub.Fetch();
        int asked = _hub.Hub.Seen.Count;
        _hub.Settings = _hub.Settings with { Offline = true };

        Assert.Equal(_hub.Snapshot, _hub.Fetch());
        Assert.Equal(_hub.Snapshot, _hub.Fetch(revision: TinyHubRepository.Commit));
        Assert.Equal(asked, _hub.Hub.Seen.Count);
    }

    /// <summary>A cache made by Hugging Face's own library: files in the snapshot work as well as links.</summary>
    [Fact]
    public void Fetch_ForeignCache_IsTaken()
    {
        Directory.CreateDirectory(_hub.Snapshot);
        Directory.CreateDirectory(Path.Combine(_hub.Root, "refs"));
        File.WriteAllText(Path.Combine(_hub.Root, "refs", "main"), TinyHubRepository.Commit);
        foreach (var name in new[] { "config.json", "tokenizer.json", "pytorch_model.bin" })
        {
            File.WriteAllText(Path.Combine(_hub.Snapshot, name), "x");
        }

        Assert.Equal(_hub.Snapshot, _hub.Fetch());
        Assert.Empty(_hub.Hub.Seen);
    }

    [Fact]
    public void Fetch_ConfigurationFirst_LeavesTheRestForLater()
    {
        Assert.Equal(["config.json"], Names(_hub.Fetch(HubContent.Configuration)));
        Assert.Equal(["config.json", "model.safetensors", "tokenizer.model"], Names(_hub.Fetch()));
        Assert.Single(
            _hub.Hub.SeenOf("GET"), request => request.Path.EndsWith("config.json", StringComparison.Ordinal));
    }

    [Fact]
    public void Fetch_Shards_AreThoseOfTheIndex()
    {
        _hub.Add(
            "model.safetensors.index.json", """{"weight_map": {"a": "one.safetensors", "b": "two.safetensors"}}""");
        _hub.Add("one.safetensors", "1");
        _hub.Add("two.safetensors", "2");

        Assert.Equal(
            ["config.json", "model.safetensors.index.json", "one.safetensors", "tokenizer.model", "two.safetensors"],
            Names(_hub.Fetch()));
        File.Delete(Path.Combine(_hub.Snapshot, "two.safetensors"));
        Assert.Contains("two.safetensors", Names(_hub.Fetch()));
    }

    [Fact]
    public void Fetch_IndexWithAPath_IsRefused()
    {
        _hub.Add("model.safetensors.index.json", """{"weight_map": {"a": "../../../evil"}}""");
        Assert.Contains("names the shard '../../../evil'", _hub.Failure());
    }

    [Fact]
    public void Fetch_Adapter_TakesItsFiles()
    {
        _hub.Add("adapter_config.json", "{}");
        _hub.Add("adapter_model.safetensors", "x");
        _hub.Add("lonas.json", "{}");
        _hub.Add("channel_order.safetensors", "x");

        Assert.Equal(
            ["adapter_config.json", "adapter_model.safetensors", "channel_order.safetensors", "lonas.json"],
            Names(_hub.Fetch(HubContent.Adapter)));
    }

    [Fact]
    public void Fetch_Token_GoesToTheHubAlone()
    {
        _hub.Settings = _hub.Settings with { Token = "hf_secret" };
        _hub.Fetch();

        Assert.All(_hub.Hub.Seen, request => Assert.Equal("Bearer hf_secret", request.Headers["Authorization"]));
        Assert.NotEmpty(_hub.Storage.Seen);
        Assert.All(_hub.Storage.Seen, request => Assert.DoesNotContain("Authorization", request.Headers.Keys));
    }

    [Fact]
    public void Fetch_RelativeRedirect_IsFollowed()
    {
        _hub.Override = request => request.Path.StartsWith("/org/tiny/resolve/main", StringComparison.Ordinal)
            ? Reply.Empty(307, ("Location", request.Path.Replace("/main/", $"/{TinyHubRepository.Commit}/")))
            : null;
        Assert.Equal(_hub.Snapshot, _hub.Fetch());
    }

    [Fact]
    public void Fetch_EndlessRedirect_EndsWithAnError()
    {
        _hub.Override = request => Reply.Empty(302, ("Location", request.Path));
        Assert.Contains("redirects", _hub.Failure());
    }

    /// <summary>The connection breaks twice; each time only the rest is requested.</summary>
    [Fact]
    public void Fetch_BrokenTransfer_GoesOnWhereItEnded()
    {
        int breaks = 2;
        _hub.OverrideStorage = request => breaks-- > 0 ? _hub.Content(request) with { BreakAfter = 100_000 } : null;

        Assert.Equal(_weights, File.ReadAllBytes(Path.Combine(_hub.Fetch(), "model.safetensors")));
        Assert.Equal([0, 100_000, 200_000], _hub.Storage.SeenOf("GET").Select(request => request.From));
    }

    [Fact]
    public void Fetch_BrokenAgainAndAgain_KeepsWhatCame()
    {
        _hub.OverrideStorage = request => _hub.Content(request) with { BreakAfter = request.From == 0 ? 1000 : 0 };
        var error = Assert.Throws<IOException>(() => _hub.Fetch());
        Assert.Contains("try again, which goes on", error.Message);
        var partial = Assert.Single(Directory.GetFiles(Path.Combine(_hub.Root, "blobs"), "*.incomplete"));
        Assert.Equal(1000, new FileInfo(partial).Length);
        Assert.False(File.Exists(Path.Combine(_hub.Snapshot, "model.safetensors")));

        _hub.OverrideStorage = null;
        Assert.Equal(_weights, File.ReadAllBytes(Path.Combine(_hub.Fetch(), "model.safetensors")));
        Assert.Equal(1000, _hub.Storage.Seen[^1].From);
    }

    [Fact]
    public void Fetch_ServerWithoutRanges_StartsAgain()
    {
        int breaks = 1;
        _hub.OverrideStorage = _ => breaks-- > 0
            ? new Reply(200, _weights) { BreakAfter = 10 }
            : new Reply(200, _weights);
        Assert.Equal(_weights, File.ReadAllBytes(Path.Combine(_hub.Fetch(), "model.safetensors")));
    }

    [Fact]
    public void Fetch_BusyServer_IsAskedAgain()
    {
        int busy = 2;
        _hub.Override = _ => busy-- > 0 ? Reply.Empty(503) : null;
        Assert.Equal(_hub.Snapshot, _hub.Fetch());
    }

    [Fact]
    public void Fetch_WrongSha256_ThrowsItAway()
    {
        var other = _weights.ToArray();
        other[^1]++;
        _hub.OverrideStorage = _ => new Reply(200, other);

        var message = _hub.Failure();
        Assert.Contains("'model.safetensors' came from the hub damaged", message);
        Assert.Contains($"SHA-256 is {TinyHubRepository.Sha256(other)}", message);
        Assert.False(File.Exists(Path.Combine(_hub.Snapshot, "model.safetensors")));
        Assert.Empty(Directory.GetFiles(Path.Combine(_hub.Root, "blobs"), $"{TinyHubRepository.Sha256(_weights)}*"));
    }

    [Fact]
    public void Fetch_WrongGitHash_ThrowsItAway()
    {
        _hub.Override = request => request is { Method: "GET" } && TinyHubRepository.Name(request) == "config.json"
            ? new Reply(200, [.. _hub["config.json"].Select(_ => (byte)'x')])
            : null;
        Assert.Contains("'config.json' came from the hub damaged: its git hash", _hub.Failure());
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    public void Fetch_Refused_NamesTheToken(int status)
    {
        _hub.Override = _ => Reply.Empty(status);
        var message = _hub.Failure();
        Assert.Contains(
            $"refuses 'org/tiny' at revision 'main' ({status}), and there is no folder of this name", message);
        Assert.Contains("HF_TOKEN", message);
    }

    [Fact]
    public void Fetch_UnknownRevision_SaysSo() =>
        Assert.Contains(
            "has no 'org/tiny' at revision 'old' (404), and there is no folder", _hub.Failure(revision: "old"));

    [Fact]
    public void Fetch_NoConfiguration_SaysSo() =>
        Assert.Contains("has no 'adapter_config.json' for 'org/tiny'", _hub.Failure(HubContent.Adapter));

    [Fact]
    public void Fetch_NoWeights_NamesWhatIsExpected()
    {
        _hub.Add("adapter_config.json", "{}");
        Assert.Contains(
            "no weights; expected one of adapter_model.safetensors, "
            + "adapter_model.bin", _hub.Failure(HubContent.Adapter));
    }

    [Fact]
    public void Fetch_Offline_SaysBothPossibilities()
    {
        _hub.Settings = _hub.Settings with { Offline = true };
        var message = _hub.Failure();
        Assert.Contains("There is no folder 'org/tiny'", message);
        Assert.Contains("the setting Offline forbids asking the hub", message);
        Assert.Empty(_hub.Hub.Seen);
    }

    [Fact]
    public void Fetch_NobodyAnswers_SaysBothPossibilities()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        int port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        _hub.Settings = _hub.Settings with { Endpoint = new Uri($"http://127.0.0.1:{port}") };

        var message = _hub.Failure();
        Assert.Contains("There is no folder 'org/tiny'", message);
        Assert.Contains("could not be reached", message);
    }

    [Fact]
    public void Fetch_NoHub_IsTold()
    {
        _hub.Override = _ => new Reply(200, [1]);
        Assert.Contains("does not answer as a hub for 'config.json'", _hub.Failure());
    }

    /// <summary>Hash and commit become file names, so a server must not be able to choose a path with them.</summary>
    [Fact]
    public void Fetch_HashThatIsAPath_IsRefused()
    {
        _hub.Override = _ => new Reply(200, [1], ("ETag", "\"../../x\""), ("X-Repo-Commit", TinyHubRepository.Commit));
        Assert.Contains("does not answer as a hub", _hub.Failure());
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("a//b")]
    public void New_RevisionThatIsAPath_IsRefused(string revision) =>
        Assert.Throws<ArgumentException>(() => _hub.Fetch(revision: revision));

    private static string[] Names(string folder) =>
        [.. Directory.GetFiles(folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
}
