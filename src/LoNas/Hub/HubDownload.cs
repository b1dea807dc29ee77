using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using LoNas.Errors;

namespace LoNas.Hub;

/// <summary>Checks a downloaded file against the hash that the hub announced for it.</summary>
internal static class HubChecksum
{
    /// <summary>Files up to this many bytes are checked at each use; larger ones once, when they come.</summary>
    public const long SmallFile = 32 << 20;

    private const int Sha256Length = 64;
    private const int Sha1Length = 40;

    /// <summary>Describes what is wrong with the content of a file; null if it is right.</summary>
    public static string? Problem(string path, string tag, string author = "the hub announces")
    {
        using var stream = File.OpenRead(path);
        var actual = tag.Length switch
        {
            Sha256Length => Convert.ToHexStringLower(SHA256.HashData(stream)),
            Sha1Length => GitHash(stream) is var git && IsSame(git, tag) ? git
                // Some mirrors name files by the SHA-1 of their content alone.
                : Sha1(stream) is var plain && IsSame(plain, tag) ? plain : git,
            _ => tag, // not a known hash, so it can't be checked
        };
        return IsSame(actual, tag)
            ? null
            : $"its {(tag.Length == Sha256Length ? "SHA-256" : "git hash")} is {actual}, and {author} {tag}";
    }

    private static bool IsSame(string hash, string tag) => hash.Equals(tag, StringComparison.OrdinalIgnoreCase);

#pragma warning disable CA5350 // names of files in a cache, which others chose
    private static string Sha1(Stream stream)
    {
        stream.Position = 0;
        return Convert.ToHexStringLower(SHA1.HashData(stream));
    }
#pragma warning restore CA5350

    /// <summary>Git's SHA-1 covers a header with the size, then the content.</summary>
    private static string GitHash(Stream stream)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        var header = string.Create(CultureInfo.InvariantCulture, $"blob {stream.Length}\0");
        hash.AppendData(Encoding.ASCII.GetBytes(header));
        var buffer = new byte[1 << 16];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            hash.AppendData(buffer, 0, read);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

/// <summary>
/// Downloads a file into the cache. A broken transfer is resumed where it ended, and a file gets its final name only
/// after its hash was checked.
/// </summary>
internal sealed class HubDownload(HubClient client, HubCache cache, HubSettings settings)
{
    private const int MostAttempts = 5;
    private const int BufferSize = 1 << 17;

    /// <summary>Downloads a file unless the cache has it.</summary>
    /// <param name="file">The file.</param>
    /// <param name="onBytes">Called with the number of bytes of this file that are in the cache.</param>
    /// <param name="cancel">Stops the download; what has arrived is kept for the next attempt.</param>
    /// <exception cref="InvalidDataException">The content does not match the announced hash.</exception>
    /// <exception cref="IOException">The transfer broke repeatedly.</exception>
    public async Task Fetch(HubFile file, Action<long> onBytes, CancellationToken cancel)
    {
        var target = cache.Blob(file.Tag);
        if (!File.Exists(target))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            var partial = $"{target}.incomplete";
            await Complete(file, partial, onBytes, cancel).ConfigureAwait(false);
            if (HubChecksum.Problem(partial, file.Tag) is { } problem)
            {
                File.Delete(partial);
                throw new InvalidDataException(
                    $"'{file.Name}' came from the hub damaged: {problem}; it was thrown away, try again");
            }

            File.Move(partial, target, overwrite: true);
        }

        cache.Link(file);
        onBytes(file.Size);
    }

    private async Task Complete(HubFile file, string partial, Action<long> onBytes, CancellationToken cancel)
    {
        for (int attempt = 1; ; attempt++)
        {
            long before = File.Exists(partial) ? new FileInfo(partial).Length : 0;
            try
            {
                await Append(file, partial, onBytes, cancel).ConfigureAwait(false);
                return;
            }
            catch (Exception error) when (IsBroken(error) && !cancel.IsCancellationRequested)
            {
                // Only attempts that transferred nothing are counted, and one that was waited for is enough.
                bool hasCome = File.Exists(partial) && new FileInfo(partial).Length > before;
                attempt = hasCome ? 0 : attempt;
                if (error is TimeoutException && !hasCome)
                {
                    throw new IOException(
                        $"The hub sends nothing of '{file.Name}' ({HubClient.Reason(error)}); try again, which goes on "
                        + "where it ended, or wait longer", error).About(Setting.HubTimeout);
                }

                if (attempt >= MostAttempts)
                {
                    throw new IOException(
                        $"The transfer of '{file.Name}' broke {attempt} times: {HubClient.Reason(error)}; try again, "
                        + "which goes on where it ended", error);
                }
            }

            await Task.Delay(settings.RetryDelay * (attempt + 1), cancel).ConfigureAwait(false);
        }
    }

    private static bool IsBroken(Exception error) =>
        error is IOException or HttpRequestException or OperationCanceledException or TimeoutException;

    private async Task Append(HubFile file, string partial, Action<long> onBytes, CancellationToken cancel)
    {
        using var stream = new FileStream(partial, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
        if (stream.Length > file.Size)
        {
            stream.SetLength(0);
        }

        if (stream.Length < file.Size)
        {
            using var answer = await client.Open(file.Address, stream.Length, cancel).ConfigureAwait(false);
            answer.EnsureSuccessStatusCode();
            if (answer.StatusCode != HttpStatusCode.PartialContent
                || answer.Content.Headers.ContentRange?.From != stream.Length)
            {
                stream.SetLength(0); // a server that can't resume sends the whole file
            }

            stream.Seek(0, SeekOrigin.End);
            using var content = await answer.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
            await Copy(file, content, stream, onBytes, cancel).ConfigureAwait(false);
        }

        stream.Flush(flushToDisk: true);
    }

    private async Task Copy(
        HubFile file, Stream content, FileStream stream, Action<long> onBytes, CancellationToken cancel)
    {
        var buffer = new byte[BufferSize];
        while (stream.Length < file.Size)
        {
            int read = await client.InTime(patience => content.ReadAsync(buffer, patience).AsTask(), cancel)
                .ConfigureAwait(false);
            if (read == 0)
            {
                throw new IOException($"it ended at {stream.Length} of {file.Size} bytes");
            }

            stream.Write(buffer, 0, (int)Math.Min(read, file.Size - stream.Length));
            onBytes(stream.Length);
        }
    }
}
