using System.Reflection;
using System.Text.Json;

namespace LoNas.Cli.Commands;

/// <summary>The versions of the program and its libraries, without loading any of them.</summary>
internal static class VersionPage
{
    private static readonly (string Shown, string Package)[] Libraries =
    [
        ("TorchSharp", "TorchSharp"),
        ("libtorch", "libtorch-"),
        ("Microsoft.ML.Tokenizers", "Microsoft.ML.Tokenizers"),
    ];

    public static string Format()
    {
        var packages = Packages();
        var lines = new List<string>
        {
            $"LoNAS {ProgramVersion}",
            $".NET {Environment.Version}",
        };
        lines.AddRange(Libraries.Select(library => $"{library.Shown} {VersionOf(library.Package, packages)}"));
        return string.Join('\n', lines) + "\n";
    }

    /// <summary>The version alone: the commit after '+' is left out.</summary>
    public static string ProgramVersion =>
        typeof(VersionPage).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion.Split('+')[0] ?? "unknown";

    // libtorch comes in a package for each system, and its larger ones in parts: any of them tells the version.
    private static string VersionOf(string package, IEnumerable<string> packages) => packages
        .Select(entry => entry.Split('/'))
        .Where(parts => parts.Length == 2 && (package.EndsWith('-')
            ? parts[0].StartsWith(package, StringComparison.OrdinalIgnoreCase)
            : parts[0].Equals(package, StringComparison.OrdinalIgnoreCase)))
        .Select(parts => parts[1])
        .FirstOrDefault("unknown");

    // The build lists the packages it took, native ones too, beside the program.
    private static IReadOnlyList<string> Packages()
    {
        string files = AppContext.GetData("APP_CONTEXT_DEPS_FILES") as string ?? "";
        return [.. files.Split(';').Where(File.Exists).SelectMany(ReadPackages)];
    }

    private static List<string> ReadPackages(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        return document.RootElement.TryGetProperty("libraries", out var libraries)
            ? [.. libraries.EnumerateObject().Select(library => library.Name)]
            : [];
    }
}
