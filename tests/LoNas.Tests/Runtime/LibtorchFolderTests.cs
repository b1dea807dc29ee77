using LoNas.Runtime;
using LoNas.Tests.Support;

namespace LoNas.Tests.Runtime;

public sealed class LibtorchFolderTests
{
    private static readonly Dictionary<string, LibraryNames> Systems = new()
    {
        ["Linux"] = LibraryNames.Linux,
        ["macOS"] = LibraryNames.MacOS,
        ["Windows"] = LibraryNames.Windows,
    };

    [Theory]
    [InlineData("Linux", "libc10.so libtorch_cpu.so libtorch.so")]
    [InlineData("macOS", "libc10.dylib libtorch_cpu.dylib libtorch.dylib")]
    [InlineData("Windows", "c10.dll torch_cpu.dll torch.dll")]
    public void InOrder_FolderOfACpu_LoadsTheThreeAndNothingElse(string system, string expected)
    {
        var names = Systems[system];
        var present = Folder(names, "torch", "torch_python", "torch_global_deps", "shm", "torch_cpu", "c10");

        Assert.Equal(expected.Split(' '), LibtorchFolder.InOrder(present, names));
        Assert.Null(LibtorchFolder.Missing(present, names));
    }

    [Theory]
    [InlineData("Linux", "libc10.so libtorch_cpu.so libc10_cuda.so libtorch_cuda.so libtorch.so")]
    [InlineData("Windows", "c10.dll torch_cpu.dll c10_cuda.dll torch_cuda.dll torch.dll")]
    public void InOrder_FolderWithCuda_LoadsItBeforeTorch(string system, string expected)
    {
        var names = Systems[system];
        var present = Folder(names, "torch", "torch_cuda_linalg", "torch_cuda", "c10_cuda", "torch_cpu", "c10");

        Assert.Equal(expected.Split(' '), LibtorchFolder.InOrder(present, names));
    }

    [Theory]
    [InlineData("Linux", "torch_cpu,torch", "libc10.so")]
    [InlineData("Linux", "c10,torch", "libtorch_cpu.so")]
    [InlineData("Windows", "c10,torch_cpu", "torch.dll")]
    public void Missing_FileThatEveryLibtorchHas_IsNamed(string system, string present, string expected) =>
        Assert.Equal(expected, LibtorchFolder.Missing(Folder(Systems[system], present.Split(',')), Systems[system]));

    [Fact]
    public void Missing_FilesWithAVersionInTheirNames_AreNotTaken() =>
        Assert.Equal(
            "libc10.so",
            LibtorchFolder.Missing(Folder(new("lib", ".so.1.13"), "c10", "torch_cpu"), LibraryNames.Linux));

    [Theory]
    [InlineData("2.10.0+cpu\n", "2.10.0+cpu")]
    [InlineData("__version__ = '2.11.0+cu130'\ndebug = False\ncuda: Optional[str] = '13.0'\n", "2.11.0+cu130")]
    [InlineData("from typing import Optional\n\n__all__ = ['__version__', 'cuda']\n__version__ = \"2.4.1\"\n", "2.4.1")]
    [InlineData("2.12.0.dev20260401+cu130", "2.12.0.dev20260401+cu130")]
    [InlineData("debug = False\n", null)]
    public void ParseVersion_FilesOfBothKinds_GivesTheVersion(string text, string? expected) =>
        Assert.Equal(expected, LibtorchFolder.ParseVersion(text));

    [Theory]
    [InlineData("2.10.0+cu128", true)]
    [InlineData("2.10", true)]
    [InlineData("2.1.0", false)]
    [InlineData("2.100.0", false)]
    [InlineData("2.11.0+cu130", false)]
    [InlineData(null, false)]
    public void IsExpected_OnlyTorchSharpsOwn_IsTrue(string? version, bool expected) =>
        Assert.Equal(expected, LibtorchFolder.IsExpected(version));

    [Fact]
    public void VersionOf_FolderBesideEitherFile_ReadsIt()
    {
        using var folder = new TemporaryFolder();
        var libtorch = Directory.CreateDirectory(folder.Path("lib")).FullName;
        Assert.Null(LibtorchFolder.VersionOf(libtorch));

        File.WriteAllText(folder.Path("version.py"), "__version__ = '2.11.0+cu130'\n");
        Assert.Equal("2.11.0+cu130", LibtorchFolder.VersionOf(libtorch + "/"));

        File.WriteAllText(folder.Path("build-version"), "2.10.0+cpu\n");
        Assert.Equal("2.10.0+cpu", LibtorchFolder.VersionOf(libtorch));
    }

    private static HashSet<string> Folder(LibraryNames names, params string[] libraries) =>
        [.. libraries.Select(names.FileOf)];
}
