namespace LoNas.Tests.Support;

/// <summary>Finds the folder <c>shared</c> beside the repository, which does not exist for a plain clone.</summary>
internal static class SharedData
{
    /// <summary>The folder <c>shared</c>; null where absent.</summary>
    public static string? Root { get; } = FindShared();

    /// <summary>A path below <see cref="Root"/>; skips the running test where it does not exist.</summary>
    public static string Path(params string[] parts)
    {
        var relative = System.IO.Path.Combine(parts);
        var path = System.IO.Path.Combine(Root ?? "shared", relative);
        Assert.SkipUnless(
            Root is not null && System.IO.Path.Exists(path), $"needs shared/{relative} beside the repository");
        return path;
    }

    private static string? FindShared()
    {
        var shared = System.IO.Path.GetFullPath(System.IO.Path.Combine(Repository.Root, "..", "shared"));
        return Directory.Exists(shared) ? shared : null;
    }
}
