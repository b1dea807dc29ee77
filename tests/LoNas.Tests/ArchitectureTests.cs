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
        ["Distributed"] = 2,
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

    /// <summary>The folders of the command line.</summary>
    private static readonly Dictionary<string, int> CommandFloors = new()
    {
        ["Output"] = 1,
        ["Options"] = 2,
        ["Flags"] = 3,
        ["Model"] = 4,
        ["Ranks"] = 4,
        ["Inspect"] = 5,
        ["Generate"] = 5,
        ["Chat"] = 5,
        ["Extract"] = 5,
        ["Evaluate"] = 5,
        ["Search"] = 5,
        ["Sets"] = 5,
        ["Preview"] = 5,
        ["Completion"] = 5,
        ["Train"] = 6,
        ["Quickstart"] = 7,
        ["Status"] = 7,
        ["Commands"] = 8,
    };


    [Fact]
    public void Usings_EveryFileOfTheCommandLine_PointDownwards()
    {
        var program = Path.Combine(Repository.Root, "src", "LoNas.Cli");
        var files = Directory.EnumerateDirectories(program)
            .Where(folder => Path.GetFileName(folder) is not ("obj" or "bin"))
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
                .Select(path => (Path: path, Folder: Path.GetFileName(folder)))).ToArray();

        Assert.True(files.Length > 50, "the command line's files were not found");
        Assert.All(files, file => Assert.True(CommandFloors.ContainsKey(file.Folder), $"{file.Path} is on no floor"));
        Assert.All(files, file => Assert.All(
            CommandUsingLine().Matches(File.ReadAllText(file.Path)).Select(match => match.Groups[1].Value),
            used => Assert.True(
                used == file.Folder || CommandFloors[used] < CommandFloors[file.Folder],
                $"{file.Path} uses {used}, which is not below it")));
        Assert.All(files, file => Assert.DoesNotContain("using LoNas.Bench", File.ReadAllText(file.Path)));
    }

    [Fact]
    public void Usings_EveryLibraryFile_PointDownwards()
    {
        var library = Path.Combine(Repository.Root, "src", "LoNas");
        var files = Directory.EnumerateFiles(library, "*.cs", SearchOption.AllDirectories)
            .Select(
                path => (Path: path, Folder: Path.GetRelativePath(library, path).Split(Path.DirectorySeparatorChar)[0]))
            .Where(file => file.Folder is not ("obj" or "bin")).ToArray();

        Assert.True(files.Length > 50, "the library's files were not found");
        Assert.All(files, file => Assert.True(Floors.ContainsKey(file.Folder), $"{file.Path} is on no floor"));
        Assert.All(files, file => Assert.All(
            UsingLine().Matches(File.ReadAllText(file.Path)).Select(match => match.Groups[1].Value),
            used => Assert.True(
                used == file.Folder || Floors[used] < Floors[file.Folder],
                $"{file.Path} uses {used}, which is not below it")));
    }

    [Fact]
    public void Library_NeverWritesToTheConsole()
    {
        var library = Path.Combine(Repository.Root, "src", "LoNas");
        Assert.DoesNotContain(
            Directory.EnumerateFiles(library, "*.cs", SearchOption.AllDirectories),
            path => ConsoleCall().IsMatch(File.ReadAllText(path)));
    }

    [GeneratedRegex(@"^using (?:static )?LoNas\.(\w+)", RegexOptions.Multiline)]
    private static partial Regex UsingLine();

    [GeneratedRegex(@"^using (?:static )?LoNas\.Cli\.(\w+)", RegexOptions.Multiline)]
    private static partial Regex CommandUsingLine();

    [GeneratedRegex(@"\bConsole\.\w")]
    private static partial Regex ConsoleCall();
}
