namespace LoNas.Tests.Support;

/// <summary>The folder <c>shared</c> beside the repository, which a clone elsewhere does not have.</summary>
internal static class SharedData
{
    public static string? Root { get; } = Find();

    /// <summary>A path in the folder; without it the calling test is skipped.</summary>
    public static string Path(params string[] parts)
    {
        Assert.SkipUnless(Root is not null, "the folder 'shared' is not beside the repository");
        return System.IO.Path.Combine([Root!, .. parts]);
    }

    private static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "LoNas.slnx")))
            {
                var shared = System.IO.Path.Combine(folder.FullName, "..", "shared");
                return Directory.Exists(shared) ? System.IO.Path.GetFullPath(shared) : null;
            }
        }

        return null;
    }
}
