using LoNas.Runtime;
using LoNas.Tests.Support;

namespace LoNas.Tests.Runtime;

public sealed class LibtorchVersionTests
{
    [Theory]
    [InlineData("2.10.0+cpu\n", "2.10.0+cpu")]
    [InlineData("__version__ = '2.11.0+cu130'\ndebug = False\ncuda: Optional[str] = '13.0'\n", "2.11.0+cu130")]
    [InlineData("from typing import Optional\n\n__all__ = ['__version__', 'cuda']\n__version__ = \"2.4.1\"\n", "2.4.1")]
    [InlineData("2.12.0.dev20260401+cu130", "2.12.0.dev20260401+cu130")]
    [InlineData("debug = False\n", null)]
    public void Parse_FilesOfBothKinds_GivesTheVersion(string text, string? expected) =>
        Assert.Equal(expected, LibtorchVersion.Parse(text));

    [Theory]
    [InlineData("2.10.0+cu128", true)]
    [InlineData("2.10", true)]
    [InlineData("2.1.0", false)]
    [InlineData("2.100.0", false)]
    [InlineData("2.11.0+cu130", false)]
    [InlineData(null, false)]
    public void IsExpected_OnlyTorchSharpsOwn_IsTrue(string? version, bool expected) =>
        Assert.Equal(expected, LibtorchVersion.IsExpected(version));

    [Fact]
    public void Of_FolderBesideEitherFile_ReadsIt()
    {
        using var folder = new TemporaryFolder();
        var libtorch = Directory.CreateDirectory(folder.Path("lib")).FullName;
        Assert.Null(LibtorchVersion.Of(libtorch));

        File.WriteAllText(folder.Path("version.py"), "__version__ = '2.11.0+cu130'\n");
        Assert.Equal("2.11.0+cu130", LibtorchVersion.Of(libtorch + "/"));

        File.WriteAllText(folder.Path("build-version"), "2.10.0+cpu\n");
        Assert.Equal("2.10.0+cpu", LibtorchVersion.Of(libtorch));
    }
}
