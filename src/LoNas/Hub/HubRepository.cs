using System.Text.RegularExpressions;

namespace LoNas.Hub;

/// <summary>The name of a repository of the hub, such as <c>yahma/llama-7b-hf</c>.</summary>
/// <param name="Organization">Who it belongs to.</param>
/// <param name="Name">Its own name.</param>
public sealed partial record HubName(string Organization, string Name)
{
    /// <summary>Its folder in the cache, as Hugging Face's own library names it.</summary>
    public string CacheFolder => $"models--{Organization}--{Name}";

    /// <summary>
    /// The name that a text is, or null: it must be <c>org/name</c>. What begins with <c>.</c>, <c>/</c> or <c>~</c>, has
    /// more than one slash or names a JSON file is a path.
    /// </summary>
    public static HubName? Parse(string text)
    {
        var parts = text.Split('/');
        return parts.Length == 2 && parts.All(IsPart) && !text.EndsWith(".json", StringComparison.OrdinalIgnoreCase)
            ? new HubName(parts[0], parts[1])
            : null;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Organization}/{Name}";

    // "--" separates the parts in the cache, and the hub allows neither it nor "..".
    private static bool IsPart(string part) => Part().IsMatch(part)
        && !part.Contains("--", StringComparison.Ordinal) && !part.Contains("..", StringComparison.Ordinal);

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9._-]{0,95}$")]
    private static partial Regex Part();
}

/// <summary>How far a download is.</summary>
/// <param name="File">The file under way.</param>
/// <param name="Done">Bytes of all files that are here.</param>
/// <param name="Total">Bytes of all files.</param>
public sealed record HubProgress(string File, long Done, long Total);

/// <summary>
/// A model or adapter of the Hugging Face hub: taken from the cache where it is complete there, otherwise downloaded
/// into it, in the layout that Hugging Face's own library reads and writes.
/// </summary>
public sealed class HubRepository
{
    private readonly HubSettings _settings;
    private readonly HubName _name;
    private readonly string _revision;
    private readonly HubClient _client;
    private readonly HubCache _cache;
    private readonly HubDownload _download;

    /// <param name="http">Carries the requests; it must not follow redirects itself, see <see cref="NewHttpClient"/>.</param>
    /// <param name="settings">Where hub and cache are.</param>
    /// <param name="name">The repository.</param>
    /// <param name="revision">Branch, tag or commit; null: main.</param>
    /// <exception cref="ArgumentException">The revision can't be one.</exception>
    public HubRepository(HttpClient http, HubSettings settings, HubName name, string? revision = null)
    {
        _revision = revision ?? HubSettings.DefaultRevision;
        if (_revision.Split('/').Any(part => part is "" or "." or "..") || _revision.Contains('\\', StringComparison.Ordinal))
        {
            throw new ArgumentException($"The revision '{_revision}' of '{name}' is none; expected a branch, tag or commit");
        }

        (_settings, _name) = (settings, name);
        _client = new HubClient(http, settings);
        _cache = new HubCache(settings.CacheFolder, name);
        _download = new HubDownload(_client, _cache, settings);
    }

    /// <summary>A client that leaves redirects to this class; the caller disposes it.</summary>
    public static HttpClient NewHttpClient() => new(new SocketsHttpHandler { AllowAutoRedirect = false });

    /// <summary>The folder that holds what is wanted.</summary>
    /// <param name="content">What is wanted.</param>
    /// <param name="progress">Told how far a download is.</param>
    /// <param name="cancel">Stops a download; what came is kept for the next time.</param>
    /// <exception cref="InvalidDataException">
    /// The hub lacks or refuses it or can't be reached, or what came is damaged; the message says what to do.
    /// </exception>
    /// <exception cref="IOException">A transfer broke again and again.</exception>
    public async Task<string> Fetch(HubContent content, Action<HubProgress>? progress, CancellationToken cancel)
    {
        var files = HubFileSet.Of(content);
        if (_cache.Commit(_revision) is { } known && files.IsCompleteIn(_cache.Snapshot(known)))
        {
            return _cache.Snapshot(known);
        }

        if (_settings.Offline)
        {
            throw new InvalidDataException(
                $"There is no folder '{_name}'; as a model name it is not complete in the cache '{_settings.CacheFolder}', and "
                + "HF_HUB_OFFLINE forbids asking the hub: check the path, or unset it");
        }

        try
        {
            return await Download(files, progress ?? (_ => { }), cancel).ConfigureAwait(false);
        }
        catch (Exception error) when (!cancel.IsCancellationRequested
            && error is HttpRequestException { StatusCode: null } or TaskCanceledException)
        {
            throw new InvalidDataException(
                $"There is no folder '{_name}'; as a model name it is not in the cache, and the hub {_settings.Endpoint} could "
                + $"not be reached ({error.Message}): check the path, or the network", error);
        }
    }

    private async Task<string> Download(HubFileSet files, Action<HubProgress> progress, CancellationToken cancel)
    {
        var first = await _client.Describe(_name, _revision, files.Required, cancel).ConfigureAwait(false)
            ?? throw new InvalidDataException(
                $"The hub {_settings.Endpoint} has no '{files.Required}' for '{_name}' at revision '{_revision}' (404), and there "
                + "is no folder of this name: check the name");
        // From here on the commit is asked for, so that a change meanwhile does not mix two versions.
        var wanted = new List<HubFile> { first };
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

    /// <summary>The first weights there are, with all shards of an index.</summary>
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
            : throw new InvalidDataException($"'{_name}' has no weights; expected one of {string.Join(", ", files.Weights)}");
    }

    private Task<HubFile?> Describe(string commit, string file, CancellationToken cancel) =>
        _client.Describe(_name, commit, file, cancel);
}
