using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using LoNas.Hub;
using static LoNas.Tests.Support.TinyHub;

namespace LoNas.Tests.Support;

/// <summary>
/// A hub with one repository, <c>org/tiny</c>, and an empty cache. Small files come from the hub itself with git's
/// hash, large files through a redirect to another address with their SHA-256.
/// </summary>
internal sealed partial class TinyHubRepository : IDisposable
{
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private readonly Dictionary<string, byte[]> _files = [];

    public TinyHubRepository()
    {
        Hub = new TinyHub(request => Override?.Invoke(request) ?? Answer(request));
        Storage = new TinyHub(request => OverrideStorage?.Invoke(request) ?? Content(request));
        Settings = new HubSettings
        {
            Endpoint = Hub.Address,
            CacheFolder = Directory.CreateTempSubdirectory("lonas-").FullName,
            RetryDelay = TimeSpan.FromMilliseconds(1),
            ReadTimeout = TimeSpan.FromSeconds(5),
        };
        Add("config.json", """{"model_type": "llama"}""");
        Add("tokenizer.model", "pieces");
    }

    public TinyHub Hub { get; }

    public TinyHub Storage { get; }

    public HubSettings Settings { get; set; }

    /// <summary>Answers instead of the hub if it returns a reply.</summary>
    public Func<Request, Reply?>? Override { get; set; }

    public Func<Request, Reply?>? OverrideStorage { get; set; }

    public string Root => Path.Combine(Settings.CacheFolder, "models--org--tiny");

    public string Snapshot => Path.Combine(Root, "snapshots", Commit);

    public void Add(string name, string text) => Add(name, Encoding.UTF8.GetBytes(text));

    public void Add(string name, byte[] content) => _files[name] = content;

    public byte[] this[string name] => _files[name];

    /// <summary>Files of the data set of the same name.</summary>
    public string FetchDataset(params string[] files)
    {
        using var http = HubRepository.NewHttpClient();
        return new HubRepository(http, Settings, HubName.Parse("org/tiny")! with { IsDataset = true })
            .Fetch(files, progress: null, CancellationToken.None).GetAwaiter().GetResult();
    }

    public string Fetch(
        HubContent content = HubContent.Model, string? revision = null, Action<HubProgress>? progress = null)
    {
        using var http = HubRepository.NewHttpClient();
        var repository = new HubRepository(http, Settings, HubName.Parse("org/tiny")!, revision);
        return repository.Fetch(content, progress, CancellationToken.None).GetAwaiter().GetResult();
    }

    /// <summary>The error message of a fetch, which must fail.</summary>
    public string Failure(HubContent content = HubContent.Model, string? revision = null) =>
        Assert.Throws<InvalidDataException>(() => Fetch(content, revision)).Message;

    public static string Sha256(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    public Reply Content(Request request)
    {
        var body = _files[Name(request)];
        return request.From == 0
            ? new Reply(200, body)
            : new Reply(206, body[(int)request.From..],
                ("Content-Range", $"bytes {request.From}-{body.Length - 1}/{body.Length}"));
    }

    public void Dispose()
    {
        Hub.Dispose();
        Storage.Dispose();
    }

    /// <summary>The file's path in the repository.</summary>
    public static string Name(Request request) => AnyPath().Replace(request.Path, "");

    [GeneratedRegex("^/(large|(datasets/)?org/tiny/resolve/[^/]+)/")]
    private static partial Regex AnyPath();

    [GeneratedRegex($"^/(datasets/)?org/tiny/resolve/(main|{Commit})/")]
    private static partial Regex KnownPath();

    private Reply Answer(Request request)
    {
        bool isKnown = KnownPath().IsMatch(request.Path);
        if (!isKnown || !_files.TryGetValue(Name(request), out var body))
        {
            return Reply.Empty(404, ("X-Error-Code", isKnown ? "EntryNotFound" : "RevisionNotFound"));
        }

        return Name(request).EndsWith(".safetensors", StringComparison.Ordinal)
            ? Reply.Empty(302, ("X-Repo-Commit", Commit), ("X-Linked-ETag", $"\"{Sha256(body)}\""),
                ("X-Linked-Size", $"{body.Length}"), ("Location", $"{Storage.Address}large/{Name(request)}"))
            : Content(request) with { Headers = [("X-Repo-Commit", Commit), ("ETag", $"\"{GitHash(body)}\"")] };
    }

#pragma warning disable CA5350 // git's own hash
    private static string GitHash(byte[] content) => Convert.ToHexStringLower(
        SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {content.Length}\0"), .. content]));
#pragma warning restore CA5350
}
