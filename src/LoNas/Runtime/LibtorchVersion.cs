using System.Text.RegularExpressions;

namespace LoNas.Runtime;

/// <summary>The version of the libtorch in a folder, as the files around it tell.</summary>
internal static partial class LibtorchVersion
{
    /// <summary>The version that TorchSharp is made for.</summary>
    public const string Expected = "2.10";

    // A libtorch archive has the first beside its lib folder, a PyTorch installation the second.
    private static readonly string[] Files = ["build-version", "version.py"];

    /// <summary>Such as <c>2.10.0+cu130</c>; null where nothing tells.</summary>
    public static string? Of(string folder) => Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(folder)) is { } parent
        ? Files.Select(file => Path.Combine(parent, file)).Where(File.Exists).Select(path => Parse(File.ReadAllText(path)))
            .FirstOrDefault(version => version is not null)
        : null;

    /// <summary>Reads the content of either file.</summary>
    public static string? Parse(string text) => Version().Match(text) is { Success: true } match ? match.Groups[1].Value : null;

    public static bool IsExpected(string? version) =>
        version is not null && (version == Expected || version.StartsWith(Expected + ".", StringComparison.Ordinal));

    /// <summary>For messages.</summary>
    public static string Describe(string? version) => version is null ? "libtorch of an unknown version" : $"libtorch {version}";

    [GeneratedRegex(@"^(?:__version__\s*=\s*['""])?([0-9]+\.[0-9]+[0-9A-Za-z.+_-]*)", RegexOptions.Multiline)]
    private static partial Regex Version();
}
