using System.Text.RegularExpressions;
using LoNas.Storage;

namespace LoNas.Hub;

/// <summary>
/// The folder of one repository in the Hugging Face cache, which is shared with other programs: <c>blobs</c> holds file
/// contents by hash, <c>snapshots</c> a folder of links for each commit, and <c>refs</c> the commits of branches and
/// tags.
/// </summary>
internal sealed partial class HubCache
{
    private readonly string _root;

    public HubCache(string cacheFolder, HubName name) => _root = Path.Combine(cacheFolder, name.CacheFolder);

    /// <summary>The commit of a revision; null if the cache does not have it.</summary>
    /// <exception cref="InvalidDataException">The cache names something else in its place, such as a path.</exception>
    public string? Commit(string revision)
    {
        var path = Ref(revision);
        if (!File.Exists(path))
        {
            return IsCommit(revision) ? revision : null;
        }

        var commit = InputPath.ReadText(path, "hub cache's reference").Trim();
        return IsCommit(commit) ? commit
            : throw new InvalidDataException(
                $"The hub cache's reference '{path}' holds '{Excerpt.Of(commit)}'; expected a commit of 40 hexadecimal "
                + "digits: remove the file, and the commit is asked for again");
    }

    /// <summary>
    /// Checks that the smaller files of a snapshot are what the names of their blobs say. Weights were checked when
    /// they came, and are too large to be read whole each time.
    /// </summary>
    /// <param name="snapshot">The folder of a commit.</param>
    /// <param name="names">The files in it that will be used.</param>
    /// <exception cref="InvalidDataException">One is another file.</exception>
    public void Require(string snapshot, IEnumerable<string> names)
    {
        foreach (var path in names.Select(name => Path.Combine(snapshot, name)).Where(File.Exists))
        {
            // Where links are not allowed there is a copy, whose hash nothing tells.
            if (new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true) is not FileInfo { Exists: true } blob
                || FileKind.OfOther(path) is not null || blob.Directory?.Name != "blobs"
                || blob.Length > HubChecksum.SmallFile)
            {
                continue;
            }

            if (HubChecksum.Problem(blob.FullName, blob.Name, "its name says") is { } problem)
            {
                throw new InvalidDataException(
                    $"The hub cache's file '{path}' is damaged: {problem}; remove '{blob.FullName}', and it is "
                    + "downloaded again");
            }
        }
    }

    /// <summary>The folder of a commit.</summary>
    public string Snapshot(string commit) => Path.Combine(_root, "snapshots", commit);

    /// <summary>The file with the content of this hash.</summary>
    public string Blob(string tag) => Path.Combine(_root, "blobs", tag);

    /// <summary>Links a downloaded file into the folder of its commit.</summary>
    public void Link(HubFile file)
    {
        var path = Path.Combine(Snapshot(file.Commit), file.Name);
        if (File.Exists(path))
        {
            return;
        }

        var folder = Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(folder);
        File.Delete(path); // a dangling link
        try
        {
            File.CreateSymbolicLink(path, Path.GetRelativePath(folder, Blob(file.Tag)));
        }
        catch (Exception error)
            when (error is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            // Windows without developer mode and some network drives do not allow links.
            File.Copy(Blob(file.Tag), path, overwrite: true);
        }
    }

    /// <summary>Stores the commit of a branch or tag.</summary>
    public void SaveCommit(string revision, string commit)
    {
        if (revision != commit)
        {
            AtomicFile.WriteText(Ref(revision), commit);
        }
    }

    private string Ref(string revision) => Path.Combine([_root, "refs", .. revision.Split('/')]);

    private static bool IsCommit(string revision) => CommitForm().IsMatch(revision);

    [GeneratedRegex("^[0-9a-f]{40}$")]
    private static partial Regex CommitForm();
}
