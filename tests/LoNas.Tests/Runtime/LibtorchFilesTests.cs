using LoNas.Runtime;

namespace LoNas.Tests.Runtime;

public sealed class LibtorchFilesTests
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

        Assert.Equal(expected.Split(' '), LibtorchFiles.InOrder(present, names));
        Assert.Null(LibtorchFiles.Missing(present, names));
    }

    [Theory]
    [InlineData("Linux", "libc10.so libtorch_cpu.so libc10_cuda.so libtorch_cuda.so libtorch.so")]
    [InlineData("Windows", "c10.dll torch_cpu.dll c10_cuda.dll torch_cuda.dll torch.dll")]
    public void InOrder_FolderWithCuda_LoadsItBeforeTorch(string system, string expected)
    {
        var names = Systems[system];
        var present = Folder(names, "torch", "torch_cuda_linalg", "torch_cuda", "c10_cuda", "torch_cpu", "c10");

        Assert.Equal(expected.Split(' '), LibtorchFiles.InOrder(present, names));
    }

    [Theory]
    [InlineData("Linux", "torch_cpu,torch", "libc10.so")]
    [InlineData("Linux", "c10,torch", "libtorch_cpu.so")]
    [InlineData("Windows", "c10,torch_cpu", "torch.dll")]
    public void Missing_FileThatEveryLibtorchHas_IsNamed(string system, string present, string expected) =>
        Assert.Equal(expected, LibtorchFiles.Missing(Folder(Systems[system], present.Split(',')), Systems[system]));

    [Fact]
    public void Missing_FilesWithAVersionInTheirNames_AreNotTaken() =>
        Assert.Equal(
            "libc10.so", LibtorchFiles.Missing(Folder(new("lib", ".so.1.13"), "c10", "torch_cpu"), LibraryNames.Linux));

    private static HashSet<string> Folder(LibraryNames names, params string[] libraries) =>
        [.. libraries.Select(names.FileOf)];
}
