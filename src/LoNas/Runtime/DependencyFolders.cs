namespace LoNas.Runtime;

/// <summary>Where PyTorch may keep what its libtorch needs: CUDA's libraries are packages beside torch's.</summary>
internal static class DependencyFolders
{
    /// <summary>The path of a file; null where it is in none of the folders.</summary>
    /// <param name="libtorch">The folder of libtorch, <c>site-packages/torch/lib</c>.</param>
    /// <param name="file">The file's name.</param>
    public static string? Find(string libtorch, string file) =>
        Of(libtorch).Select(folder => Path.Combine(folder, file)).FirstOrDefault(File.Exists);

    private static IEnumerable<string> Of(string libtorch)
    {
        yield return libtorch;
        var nvidia = Path.GetFullPath(Path.Combine(libtorch, "..", "..", "nvidia"));
        if (!Directory.Exists(nvidia))
        {
            yield break;
        }

        foreach (var package in Directory.EnumerateDirectories(nvidia).Order(StringComparer.Ordinal))
        {
            var folder = Path.Combine(package, "lib");
            if (Directory.Exists(folder))
            {
                yield return folder;
                foreach (var inner in Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal))
                {
                    yield return inner;
                }
            }
        }
    }
}
