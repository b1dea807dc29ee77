using System.Text.Json;

namespace LoNas.Hub;

/// <summary>The files of a repository.</summary>
/// <param name="Commit">The commit that they belong to.</param>
/// <param name="Names">Their paths in the repository.</param>
/// <param name="IsOfCache">Whether these are those in the cache, which may not be all.</param>
internal sealed record HubListing(string Commit, IReadOnlyList<string> Names, bool IsOfCache = false)
{
    /// <summary>What the hub answered; null for another answer.</summary>
    public static HubListing? Parse(JsonElement answer)
    {
        if (answer.ValueKind != JsonValueKind.Object || !answer.TryGetProperty("sha", out var commit)
            || commit.ValueKind != JsonValueKind.String || !answer.TryGetProperty("siblings", out var files)
            || files.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        var names = files.EnumerateArray().Select(file => file.ValueKind == JsonValueKind.Object
            && file.TryGetProperty("rfilename", out var name) && name.ValueKind == JsonValueKind.String
                ? name.GetString()! : "");
        // Names become paths in the cache: one that leads out of it is none.
        return new(commit.GetString()!, [.. names.Where(name => !name.Split('/', '\\').Any(part => part is "" or "." or ".."))]);
    }

    /// <summary>The files of a snapshot in the cache; null where there is none.</summary>
    public static HubListing? OfFolder(string commit, string snapshot) => !Directory.Exists(snapshot) ? null : new(
        commit,
        [.. Directory.EnumerateFiles(snapshot, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(snapshot, path).Replace(Path.DirectorySeparatorChar, '/'))],
        IsOfCache: true);
}
