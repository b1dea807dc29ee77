using System.Text.RegularExpressions;
using LoNas.Errors;

namespace LoNas.Hub;

/// <summary>The name of a repository on the hub, such as <c>yahma/llama-7b-hf</c>.</summary>
/// <param name="Organization">The user or organization that owns it; empty for the oldest, such as <c>glue</c>.</param>
/// <param name="Name">The name without the owner.</param>
public sealed partial record HubName(string Organization, string Name)
{
    /// <summary>Whether it is a data set's; otherwise a model's or an adapter's.</summary>
    public bool IsDataset { get; init; }

    /// <summary>The name of its folder in the cache, as in Hugging Face's own library.</summary>
    public string CacheFolder => $"{(IsDataset ? "datasets" : "models")}--{ToString().Replace("/", "--")}";

    /// <summary>Where the hub has it, below its own address.</summary>
    public string Address => IsDataset ? $"datasets/{this}" : $"{this}";

    /// <summary>How a message about a failed look-up begins; a model's name may have been meant for a folder.</summary>
    internal string LookUp =>
        IsDataset ? $"The data set '{this}'" : $"There is no folder '{this}'; as a model name it";

    /// <summary>What else a name that the hub does not have may be.</summary>
    internal string NoFolder => IsDataset ? "" : ", and there is no folder of this name";

    /// <summary>
    /// Parses <c>org/name</c>; null if the text has another form. Text that begins with <c>.</c>, <c>/</c> or <c>~</c>,
    /// has more than one slash or names a JSON file is a path.
    /// </summary>
    public static HubName? Parse(string text)
    {
        var parts = text.Split('/');
        return parts.Length == 2 && parts.All(IsPart) && !text.EndsWith(".json", StringComparison.OrdinalIgnoreCase)
            ? new HubName(parts[0], parts[1])
            : null;
    }

    /// <inheritdoc/>
    public override string ToString() => Organization.Length == 0 ? Name : $"{Organization}/{Name}";

    // "--" separates the parts in the cache, and the hub allows neither it nor "..".
    private static bool IsPart(string part) => Part().IsMatch(part)
        && !part.Contains("--", StringComparison.Ordinal) && !part.Contains("..", StringComparison.Ordinal);

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9._-]{0,95}$")]
    private static partial Regex Part();
}

/// <summary>The progress of a download.</summary>
/// <param name="File">The file being downloaded.</param>
/// <param name="Done">Bytes downloaded so far, of all files.</param>
/// <param name="Total">Total bytes of all files.</param>
public sealed record HubProgress(string File, long Done, long Total);

/// <summary>
/// A model or adapter on the Hugging Face hub. It is taken from the cache if it is complete there; otherwise it is
/// downloaded into the cache, in the layout of Hugging Face's own library.
/// </summary>
public sealed class HubRepository
{
    private readonly HubSettings _settings;
    private readonly HubName _name;
    private readonly string _revision;
    private readonly HubClient _client;
    private readonly HubCache _cache;
    private readonly HubDownload _download;

    /// <param name="http">
    /// Sends the requests. It must not follow redirects itself; <see cref="NewHttpClient"/> makes such a client.
    /// </param>
    /// <param name="settings">The addresses of hub and cache.</param>
    /// <param name="name">The repository.</param>
    /// <param name="revision">Branch, tag or commit; null for main.</param>
    /// <exception cref="ArgumentException">The revision is not a valid name.</exception>
    public HubRepository(HttpClient http, HubSettings settings, HubName name, string? revision = null)
    {
        _revision = revision ?? HubSettings.DefaultRevision;
        if (_revision.Split('/').Any(part => part is "" or "." or "..")
            || _revision.Contains('\\', StringComparison.Ordinal))
        {
            throw new ArgumentException(
                $"The revision '{_revision}' of '{name}' is none; expected a branch, tag or commit");
        }

        (_settings, _name) = (settings, name);
        _client = new HubClient(http, settings);
        _cache = new HubCache(settings.CacheFolder, name);
        _download = new HubDownload(_client, _cache, settings);
    }

    /// <summary>
    /// Makes a client that does not follow redirects, as this class needs it. The caller disposes it.
    /// </summary>
    public static HttpClient NewHttpClient() => new(new SocketsHttpHandler { AllowAutoRedirect = false })
    {
        Timeout = Timeout.InfiniteTimeSpan, // each answer and each part of a transfer has its own limit
    };

    /// <summary>Downloads what is missing and returns the folder of the files.</summary>
    /// <param name="files">The files, by their paths in the repository; all must exist.</param>
    /// <param name="progress">Called with the progress of a download.</param>
    /// <param name="cancel">Stops a download; what has arrived is kept for the next attempt.</param>
    /// <inheritdoc cref="Fetch(HubContent, Action{HubProgress}?, CancellationToken)" path="/exception"/>
    /// <exception cref="ArgumentException">No file is given, or one has no plain relative path.</exception>
    public Task<string> Fetch(
        IReadOnlyList<string> files, Action<HubProgress>? progress, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfZero(files.Count, nameof(files));
        return files.FirstOrDefault(file => file.Split('/', '\\').Any(part => part is "" or "." or "..")) is { } wrong
            ? throw new ArgumentException(
                $"'{wrong}' is no file of a repository; expected a path such as rte/train.json")
            : Fetch(new HubFileSet { Required = files }, progress, cancel);
    }

    /// <summary>Downloads what is missing and returns the folder of the files.</summary>
    /// <param name="content">What to fetch.</param>
    /// <param name="progress">Called with the progress of a download.</param>
    /// <param name="cancel">Stops a download; what has arrived is kept for the next attempt.</param>
    /// <exception cref="InvalidDataException">
    /// The hub lacks it, denies access or can't be reached, or a download is damaged. The message says what to do.
    /// </exception>
    /// <exception cref="IOException">A transfer broke repeatedly.</exception>
    public Task<string> Fetch(HubContent content, Action<HubProgress>? progress, CancellationToken cancel) =>
        Fetch(HubFileSet.Of(content), progress, cancel);

    private async Task<string> Fetch(HubFileSet files, Action<HubProgress>? progress, CancellationToken cancel)
    {
        var known = _cache.Commit(_revision) is { } commit ? _cache.Snapshot(commit) : null;
        var missing = known is null ? null : files.MissingIn(known);
        if (known is not null && missing is null)
        {
            _cache.Require(known, files.NamesIn(known));
            return known;
        }

        if (_settings.Offline)
        {
            throw OfflineError(missing);
        }

        try
        {
            var folder = await Download(files, progress ?? (_ => { }), cancel).ConfigureAwait(false);
            _cache.Require(folder, files.NamesIn(folder));
            return folder;
        }
        catch (Exception error) when (IsUnreachable(error, cancel))
        {
            throw UnreachableError(error);
        }
    }

    /// <summary>
    /// The names of all files of the repository. Those in the cache, where the hub must not or can't be asked.
    /// </summary>
    /// <exception cref="InvalidDataException">
    /// The hub lacks it, denies access, or can't be reached and the cache has nothing of it.
    /// </exception>
    internal async Task<HubListing> Files(CancellationToken cancel)
    {
        var commit = _cache.Commit(_revision);
        var cached = commit is null ? null : HubListing.OfFolder(commit, _cache.Snapshot(commit));
        if (_settings.Offline)
        {
            return cached ?? throw OfflineError(missing: null);
        }

        try
        {
            return await _client.Files(_name, commit ?? _revision, cancel).ConfigureAwait(false);
        }
        catch (Exception error) when (IsUnreachable(error, cancel))
        {
            return cached ?? throw UnreachableError(error);
        }
    }

    /// <summary>Notes in the cache which commit the revision is, once its files are there.</summary>
    internal void Keep(string commit) => _cache.SaveCommit(_revision, commit);

    private static bool IsUnreachable(Exception error, CancellationToken cancel) =>
        !cancel.IsCancellationRequested
        && (error is HttpRequestException { StatusCode: null } or TimeoutException);

    private InvalidDataException OfflineError(string? missing) => new(
        $"{_name.LookUp} is not complete in the cache {_settings.Cache}"
        + $"{(missing is null ? "" : $", where {missing} is missing")}, and "
        + $"{_settings.OfflineVariable ?? "the setting Offline"} forbids asking the hub: "
        + $"{(_name.IsDataset ? "" : "check the path, or ")}unset it");

    private InvalidDataException UnreachableError(Exception error) => new InvalidDataException(
        $"{_name.LookUp} is not in the cache {_settings.Cache}, and the hub {_settings.Endpoint} could not be "
        + $"reached ({HubClient.Reason(error)}): check the {(_name.IsDataset ? "" : "path, or the ")}network",
        error)
        .About(error is TimeoutException ? [Setting.HubTimeout] : []);

    private async Task<string> Download(HubFileSet files, Action<HubProgress> progress, CancellationToken cancel)
    {
        var first = await Needed(_revision, files.Required[0], cancel).ConfigureAwait(false);
        // From here on the commit is requested, so that a change on the hub in the meantime does not mix two versions.
        var wanted = new List<HubFile> { first };
        foreach (var name in files.Required.Skip(1))
        {
            wanted.Add(await Needed(first.Commit, name, cancel).ConfigureAwait(false));
        }

        foreach (var name in files.Optional)
        {
            wanted.AddRange(await Describe(first.Commit, name, cancel).ConfigureAwait(false) is { } file ? [file] : []);
        }

        wanted.AddRange(await Weights(files, first.Commit, cancel).ConfigureAwait(false));
        long total = wanted.Sum(file => file.Size);
        long done = 0;
        foreach (var file in wanted)
        {
            await _download.Fetch(file, bytes => progress(new HubProgress(file.Name, done + bytes, total)), cancel)
                .ConfigureAwait(false);
            done += file.Size;
        }

        _cache.SaveCommit(_revision, first.Commit);
        return _cache.Snapshot(first.Commit);
    }

    private async Task<HubFile> Needed(string revision, string file, CancellationToken cancel) =>
        await Describe(revision, file, cancel).ConfigureAwait(false) ?? throw new InvalidDataException(
            $"The hub {_settings.Endpoint} has no '{file}' for '{_name}' at revision '{_revision}' (404)"
            + $"{_name.NoFolder}: check the name");

    /// <summary>The first weight files that exist; for an index, with all its shards.</summary>
    private async Task<IReadOnlyList<HubFile>> Weights(HubFileSet files, string commit, CancellationToken cancel)
    {
        foreach (var name in files.Weights)
        {
            if (await Describe(commit, name, cancel).ConfigureAwait(false) is not { } file)
            {
                continue;
            }

            if (!HubFileSet.IsIndex(name))
            {
                return [file];
            }

            await _download.Fetch(file, _ => { }, cancel).ConfigureAwait(false);
            var found = new List<HubFile> { file };
            foreach (var shard in HubFileSet.Shards(_cache.Blob(file.Tag)))
            {
                found.Add(await Describe(commit, shard, cancel).ConfigureAwait(false)
                    ?? throw new InvalidDataException($"'{_name}' has no '{shard}' (404), which its '{name}' names"));
            }

            return found;
        }

        return files.Weights.Count == 0
            ? []
            : throw new InvalidDataException(
                $"'{_name}' has no weights; expected one of {string.Join(", ", files.Weights)}");
    }

    private Task<HubFile?> Describe(string commit, string file, CancellationToken cancel) =>
        _client.Describe(_name, commit, file, cancel);
}
