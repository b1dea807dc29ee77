using System.Text.RegularExpressions;
using LoNas.Tests.Support;

namespace LoNas.Tests;

/// <summary>A folder of the library uses only folders of lower floors; equal floors never use each other.</summary>
public sealed partial class ArchitectureTests
{
    private static readonly Dictionary<string, int> Floors = new()
    {
        ["Errors"] = 0,
        ["Runtime"] = 1,
        ["Kernels"] = 1,
        ["Storage"] = 1,
        ["Weights"] = 2,
        ["Hub"] = 3,
        ["Models"] = 3,
        ["Text"] = 3,
        ["Elastic"] = 4,
        ["Formats"] = 5,
        ["Opening"] = 6,
        ["Data"] = 7,
        ["Generation"] = 7,
        ["Training"] = 8,
        ["Evaluation"] = 8,
        ["Search"] = 9,
        ["Export"] = 9,
    };

    [Fact]
    public void Usings_EveryLibraryFile_PointDownwards()
    {
        var library = Path.Combine(Repository.Root, "src", "LoNas");
        var files = Directory.EnumerateFiles(library, "*.cs", SearchOption.AllDirectories)
            .Select(path => (Path: path, Folder: Path.GetRelativePath(library, path).Split(Path.DirectorySeparatorChar)[0]))
            .Where(file => file.Folder is not ("obj" or "bin")).ToArray();

        Assert.True(files.Length > 50, "the library's files were not found");
        Assert.All(files, file => Assert.True(Floors.ContainsKey(file.Folder), $"{file.Path} is on no floor"));
        Assert.All(files, file => Assert.All(
            UsingLine().Matches(File.ReadAllText(file.Path)).Select(match => match.Groups[1].Value),
            used => Assert.True(
                used == file.Folder || Floors[used] < Floors[file.Folder], $"{file.Path} uses {used}, which is not below it")));
    }

    [Fact]
    public void Library_NeverWritesToTheConsole()
    {
        var library = Path.Combine(Repository.Root, "src", "LoNas");
        Assert.DoesNotContain(
            Directory.EnumerateFiles(library, "*.cs", SearchOption.AllDirectories), path => ConsoleCall().IsMatch(File.ReadAllText(path)));
    }

    [GeneratedRegex(@"^using (?:static )?LoNas\.(\w+)", RegexOptions.Multiline)]
    private static partial Regex UsingLine();

    [GeneratedRegex(@"\bConsole\.\w")]
    private static partial Regex ConsoleCall();
}
