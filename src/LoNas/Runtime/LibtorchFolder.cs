using System.Text.RegularExpressions;

namespace LoNas.Runtime;

/// <summary>
/// A folder with a libtorch: its files, in the order in which they load, and its version, as the files around it tell.
/// </summary>
internal static partial class LibtorchFolder
{
    /// <summary>The library that every libtorch has most of itself in.</summary>
    public const string Main = "torch_cpu";

    /// <summary>The version that TorchSharp is made for.</summary>
    public const string ExpectedVersion = "2.10";

    // TorchSharp's library does not ask for CUDA's, so these have to be there before it.
    private static readonly (string Library, bool IsRequired)[] Order =
        [("c10", true), (Main, true), ("c10_cuda", false), ("torch_cuda", false), ("torch", true)];

    // A libtorch archive has the first beside its lib folder, a PyTorch installation the second.
    private static readonly string[] VersionFiles = ["build-version", "version.py"];

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

    /// <summary>Such as <c>2.10.0+cu130</c>; null where nothing tells.</summary>
    public static string? VersionOf(string folder) =>
        Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(folder)) is { } parent
            ? VersionFiles.Select(file => Path.Combine(parent, file)).Where(File.Exists)
                .Select(path => ParseVersion(File.ReadAllText(path))).FirstOrDefault(version => version is not null)
            : null;

    /// <summary>Reads the content of either file.</summary>
    public static string? ParseVersion(string text) =>
        Version().Match(text) is { Success: true } match ? match.Groups[1].Value : null;

    public static bool IsExpected(string? version) =>
        version == ExpectedVersion || version?.StartsWith(ExpectedVersion + ".", StringComparison.Ordinal) == true;

    /// <summary>For messages.</summary>
    public static string Describe(string? version) =>
        version is null ? "libtorch of an unknown version" : $"libtorch {version}";

    [GeneratedRegex(@"^(?:__version__\s*=\s*['""])?([0-9]+\.[0-9]+[0-9A-Za-z.+_-]*)", RegexOptions.Multiline)]
    private static partial Regex Version();
}
