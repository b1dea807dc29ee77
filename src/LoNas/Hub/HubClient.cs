using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using LoNas.Storage;

namespace LoNas.Hub;

/// <summary>The hub's description of a file in a repository.</summary>
/// <param name="Name">The name, such as <c>config.json</c>.</param>
/// <param name="Commit">The commit that it belongs to.</param>
/// <param name="Tag">The hash of the content: SHA-256 for large files, git's SHA-1 for others.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Address">The address to download it from.</param>
internal sealed record HubFile(string Name, string Commit, string Tag, long Size, Uri Address);

/// <summary>
/// HTTP requests to the hub. Redirects are followed here and not by HttpClient, so that the token is sent to no other
/// host.
/// </summary>
internal sealed partial class HubClient(HttpClient http, HubSettings settings)
{
    private const int MostRedirects = 10;
    private const int MostAttempts = 4;

    /// <summary>A pebibyte: no file of a model has as much, and sums of sizes stay numbers.</summary>
    private const long LargestFile = 1L << 50;

    /// <summary>Asks the hub for the description of a file; null if the repository has no file of this name.</summary>
    /// <exception cref="InvalidDataException">
    /// The hub denies access, has no such repository, or gives an invalid answer.
    /// </exception>
    /// <exception cref="HttpRequestException">The hub could not be reached.</exception>
    public async Task<HubFile?> Describe(HubName name, string revision, string file, CancellationToken cancel)
    {
        var endpoint = $"{settings.Endpoint}".TrimEnd('/');
        var address = new Uri($"{endpoint}/{name.Address}/resolve/{Uri.EscapeDataString(revision)}/{file}");
        var found = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var next = address;
        for (int hop = 0; hop < MostRedirects; hop++)
        {
            using var answer = await SendWithRetries(HttpMethod.Head, next, 0, cancel).ConfigureAwait(false);
            Note(found, answer);
            if (Redirect(answer, next) is not { } target)
            {
                return answer.StatusCode == HttpStatusCode.NotFound && !IsWholeRepository(answer)
                    ? null
                    : Understand(Require(answer, name, revision), file, found);
            }

            if (!IsHub(target))
            {
                return Understand(address, file, found); // large files are on another host, but described by the hub
            }

            next = target;
        }

        throw TooManyRedirects(address);
    }

    /// <summary>
    /// Requests the content of a file from byte <paramref name="from"/> on. A server without range support sends the
    /// whole file instead.
    /// </summary>
    public async Task<HttpResponseMessage> Open(Uri address, long from, CancellationToken cancel)
    {
        var next = address;
        for (int hop = 0; hop < MostRedirects; hop++)
        {
            var answer = await SendWithRetries(HttpMethod.Get, next, from, cancel).ConfigureAwait(false);
            if (Redirect(answer, next) is not { } target)
            {
                return answer;
            }

            answer.Dispose();
            next = target;
        }

        throw TooManyRedirects(address);
    }

    /// <summary>Asks the hub for the names of all files of a repository, and for the commit they belong to.</summary>
    /// <exception cref="InvalidDataException">
    /// The hub denies access, has no such repository, or gives an invalid answer.
    /// </exception>
    /// <exception cref="HttpRequestException">The hub could not be reached.</exception>
    public async Task<HubListing> Files(HubName name, string revision, CancellationToken cancel)
    {
        var endpoint = $"{settings.Endpoint}".TrimEnd('/');
        var kind = name.IsDataset ? "datasets" : "models";
        var address = new Uri($"{endpoint}/api/{kind}/{name}/revision/{Uri.EscapeDataString(revision)}");
        using var answer = await Open(address, 0, cancel).ConfigureAwait(false);
        Require(answer, name, revision);
        var bytes = await InTime(patience => answer.Content.ReadAsByteArrayAsync(patience), cancel)
            .ConfigureAwait(false);
        var listing = HubListing.Parse(JsonInput.Parse(bytes, $"answer of the hub {settings.Endpoint}"));
        // The commit becomes a folder's name, so it is checked.
        return listing is not null && PlainName().IsMatch(listing.Commit) ? listing : throw new InvalidDataException(
            $"{settings.Endpoint} does not answer as a hub for the files of '{name}'; check HF_ENDPOINT");
    }

    /// <summary>Why a transfer failed: what the system said, not what the layers above made of it.</summary>
    public static string Reason(Exception error) =>
        error is TimeoutException ? error.Message : error.GetBaseException().Message;

    private InvalidDataException TooManyRedirects(Uri address) =>
        new($"The hub {settings.Endpoint} redirects {address} more than {MostRedirects} times");

    private async Task<HttpResponseMessage> SendWithRetries(
        HttpMethod method, Uri address, long from, CancellationToken cancel)
    {
        for (int attempt = 1; ; attempt++)
        {
            var answer = await Send(method, address, from, cancel).ConfigureAwait(false);
            bool isBusy = answer.StatusCode == HttpStatusCode.TooManyRequests || (int)answer.StatusCode >= 500;
            if (!isBusy || attempt == MostAttempts)
            {
                return answer;
            }

            answer.Dispose();
            await Task.Delay(settings.RetryDelay * attempt, cancel).ConfigureAwait(false);
        }
    }

    private async Task<HttpResponseMessage> Send(HttpMethod method, Uri address, long from, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(method, address);
        // Uncompressed, so that sizes are those of the file.
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
        if (settings.Token is not null && IsHub(address))
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", settings.Token);
        }

        if (from > 0)
        {
            request.Headers.Range = new RangeHeaderValue(from, null);
        }

        return await InTime(
            patience => http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience), cancel)
            .ConfigureAwait(false);
    }

    /// <summary>Waits for what the hub sends next, and not without end.</summary>
    /// <exception cref="TimeoutException">Nothing came in time.</exception>
    public async Task<T> InTime<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(settings.ReadTimeout);
        try
        {
            return await work(patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (!cancel.IsCancellationRequested)
        {
            throw new TimeoutException(
                string.Create(CultureInfo.InvariantCulture, $"no answer for {settings.ReadTimeout.TotalSeconds} s"),
                error);
        }
    }

    private Uri Require(HttpResponseMessage answer, HubName name, string revision)
    {
        string what = $"'{name}' at revision '{revision}'";
        return answer.StatusCode switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => throw new InvalidDataException(
                $"The hub {settings.Endpoint} refuses {what} ({(int)answer.StatusCode}){name.NoFolder}: "
                + $"check the name; a private or gated {(name.IsDataset ? "data set" : "model")} needs HF_TOKEN, a "
                + "token that may read it"),
            HttpStatusCode.NotFound => throw new InvalidDataException(
                $"The hub {settings.Endpoint} has no {what} (404){name.NoFolder}: check the name"),
            _ when !answer.IsSuccessStatusCode => throw new InvalidDataException(
                $"The hub {settings.Endpoint} answers {(int)answer.StatusCode} {answer.ReasonPhrase} for {what}; "
                + "try again later"),
            _ => answer.RequestMessage!.RequestUri!,
        };
    }

    private static void Note(Dictionary<string, string> found, HttpResponseMessage answer)
    {
        // The first answer with a header counts: answers after a redirect describe another server's copy.
        foreach (var name in new[] { "X-Repo-Commit", "X-Linked-ETag", "X-Linked-Size", "ETag" })
        {
            if (answer.Headers.TryGetValues(name, out var values))
            {
                found.TryAdd(name, values.First());
            }
        }

        if (answer is { IsSuccessStatusCode: true, Content.Headers.ContentLength: { } length })
        {
            found["Content-Length"] = $"{length}";
        }
    }

    private HubFile Understand(Uri address, string file, Dictionary<string, string> found)
    {
        var tag = (found.GetValueOrDefault("X-Linked-ETag") ?? found.GetValueOrDefault("ETag") ?? "")
            .Replace("W/", "", StringComparison.Ordinal).Trim('"');
        var size = found.GetValueOrDefault("X-Linked-Size") ?? found.GetValueOrDefault("Content-Length");
        var commit = found.GetValueOrDefault("X-Repo-Commit") ?? "";
        // Tag and commit become file names, so they are checked.
        return PlainName().IsMatch(tag) && PlainName().IsMatch(commit)
            && long.TryParse(size, out long bytes) && bytes is >= 0 and <= LargestFile
            ? new HubFile(file, commit, tag, bytes, address)
            : throw new InvalidDataException(
                $"{settings.Endpoint} does not answer as a hub for '{file}': commit '{commit}', hash '{tag}', "
                + $"size '{size}'; check HF_ENDPOINT");
    }

    private static Uri? Redirect(HttpResponseMessage answer, Uri from)
    {
        if ((int)answer.StatusCode is not (301 or 302 or 303 or 307 or 308)
            || answer.Headers.Location is not { } location)
        {
            return null;
        }

        var target = new Uri(from, location);
        return target.Scheme == from.Scheme || target.Scheme == Uri.UriSchemeHttps
            ? target
            : throw new InvalidDataException(
                $"{from.Host} redirects to {target.Scheme}://{target.Host}, which is not secure");
    }

    private static bool IsWholeRepository(HttpResponseMessage answer) =>
        answer.Headers.TryGetValues("X-Error-Code", out var codes)
        && codes.First() is "RepoNotFound" or "RevisionNotFound";

    private bool IsHub(Uri address) =>
        Uri.Compare(address, settings.Endpoint, UriComponents.SchemeAndServer, UriFormat.Unescaped,
            StringComparison.OrdinalIgnoreCase) == 0;

    [GeneratedRegex(@"^[A-Za-z0-9_-][A-Za-z0-9._-]*$")]
    private static partial Regex PlainName();
}
