namespace LoNas.Runtime;

/// <summary>Which files make up a libtorch, in the order in which they load: each after those that it needs.</summary>
internal static class LibtorchFiles
{
    /// <summary>The library that every libtorch has most of itself in.</summary>
    public const string Main = "torch_cpu";

    // TorchSharp's library does not ask for CUDA's, so these have to be there before it.
    private static readonly (string Library, bool IsRequired)[] Order =
        [("c10", true), (Main, true), ("c10_cuda", false), ("torch_cuda", false), ("torch", true)];

    /// <summary>The files to load, of those in a folder.</summary>
    public static IReadOnlyList<string> InOrder(IReadOnlySet<string> present, LibraryNames names) =>
        [.. Order.Select(entry => names.FileOf(entry.Library)).Where(present.Contains)];

    /// <summary>The first file that every libtorch has and the folder lacks; null where it has them all.</summary>
    public static string? Missing(IReadOnlySet<string> present, LibraryNames names) => Order
        .Where(entry => entry.IsRequired)
        .Select(entry => names.FileOf(entry.Library))
        .FirstOrDefault(file => !present.Contains(file));

    /// <summary>The names of a folder's files.</summary>
    public static IReadOnlySet<string> In(string folder) =>
        Directory.EnumerateFiles(folder).Select(path => Path.GetFileName(path)).ToHashSet(StringComparer.Ordinal);
}
