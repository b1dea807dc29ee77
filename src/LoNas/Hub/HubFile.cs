namespace LoNas.Hub;

/// <summary>A file of a repository, as the hub describes it.</summary>
/// <param name="Name">Its name, such as <c>config.json</c>.</param>
/// <param name="Commit">The commit it belongs to.</param>
/// <param name="Tag">Its content's hash: SHA-256 of large files, git's SHA-1 of others.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Address">Where it can be had.</param>
internal sealed record HubFile(string Name, string Commit, string Tag, long Size, Uri Address);
