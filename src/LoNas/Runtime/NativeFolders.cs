using System.Runtime.InteropServices;

namespace LoNas.Runtime;

/// <summary>Where the native libraries that came with the program are.</summary>
internal static class NativeFolders
{
    /// <summary>In the order in which .NET looks; a single file unpacks them into the first ones.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Searched().Append(AppContext.BaseDirectory).Append(OfThisSystem())
        .Select(Path.TrimEndingDirectorySeparator).Distinct()];

    /// <summary>
    /// The folder of the libtorch that came with the program, null where none did. On Linux the build puts it where .NET does not
    /// look (docs/decisions/0006-existing-libtorch.md).
    /// </summary>
    public static string? OwnLibtorch => All
        .SelectMany(folder => new[] { Path.Combine(folder, "libtorch"), folder })
        .FirstOrDefault(folder => File.Exists(Path.Combine(folder, LibraryNames.Current.FileOf(LibtorchFiles.Main))));

    /// <summary>The path of a file in the first folder that has it; null where none has.</summary>
    public static string? Find(string file) => All.Select(folder => Path.Combine(folder, file)).FirstOrDefault(File.Exists);

    private static string[] Searched() => (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);

    private static string OfThisSystem()
    {
        string system = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux";
        string architecture = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        return Path.Combine(AppContext.BaseDirectory, "runtimes", $"{system}-{architecture}", "native");
    }
}
