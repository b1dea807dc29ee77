using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace LoNas.Runtime;

/// <summary>Where the native libraries that came with the program are.</summary>
internal static class NativeFolders
{
    /// <summary>In the order in which .NET looks; a single file unpacks them into the first ones.</summary>
    public static IReadOnlyList<string> All { get; } =
        [.. Searched().Concat([AppContext.BaseDirectory, OfThisSystem(), .. OfTorchSharp()])
            .Select(Path.TrimEndingDirectorySeparator).Distinct()];

    /// <summary>
    /// The folder of the libtorch that came with the program, null where none did. One that the program brought by
    /// itself lies where .NET looks and is what TorchSharp will get. On Linux the library's own does not lie there
    /// (docs/decisions/0006-existing-libtorch.md).
    /// </summary>
    public static string? OwnLibtorch => All.Concat(All.Select(folder => Path.Combine(folder, "libtorch")))
        .FirstOrDefault(folder => File.Exists(Path.Combine(folder, LibraryNames.Current.FileOf(LibtorchFolder.Main))));

    /// <summary>The path of a file in the first folder that has it; null where none has.</summary>
    public static string? Find(string file) => FindAll(file).FirstOrDefault();

    /// <summary>Its paths in all folders that have it.</summary>
    public static IEnumerable<string> FindAll(string file) =>
        All.Select(folder => Path.Combine(folder, file)).Where(File.Exists);

    private static string[] Searched() => (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);

    // Where a program loads the library as a part of its own, the folder is another than the program's.
    [UnconditionalSuppressMessage(
        "SingleFile", "IL3000", Justification = "Without a file of its own there is no such folder.")]
    private static IEnumerable<string> OfTorchSharp() =>
        Path.GetDirectoryName(typeof(TorchSharp.torch).Assembly.Location) is { Length: > 0 } folder ? [folder] : [];

    private static string OfThisSystem()
    {
        string system = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux";
        string architecture = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        return Path.Combine(AppContext.BaseDirectory, "runtimes", $"{system}-{architecture}", "native");
    }
}

/// <summary>How a system names the files of shared libraries.</summary>
/// <param name="Prefix">What goes before the library's name.</param>
/// <param name="Suffix">What follows it.</param>
internal sealed record LibraryNames(string Prefix, string Suffix)
{
    public static LibraryNames Linux { get; } = new("lib", ".so");

    public static LibraryNames MacOS { get; } = new("lib", ".dylib");

    public static LibraryNames Windows { get; } = new("", ".dll");

    public static LibraryNames Current { get; } =
        OperatingSystem.IsWindows() ? Windows : OperatingSystem.IsMacOS() ? MacOS : Linux;

    public string FileOf(string library) => Prefix + library + Suffix;
}
