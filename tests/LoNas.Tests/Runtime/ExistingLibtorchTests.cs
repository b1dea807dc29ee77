using LoNas.Runtime;
using LoNas.Tests.Support;

namespace LoNas.Tests.Runtime;

/// <summary>Cases that are refused before anything is loaded; ExistingLibtorchRunTests has the others.</summary>
public sealed class ExistingLibtorchTests
{
    [Fact]
    public void Load_FolderThatIsNone_NamesVariableFolderAndWhatToGive()
    {
        var error = Refused("/nowhere/lib");

        Assert.StartsWith("LONAS_LIBTORCH names '/nowhere/lib', which is no folder; give the folder", error.Message);
        Assert.True(error.IsOfSetting);
    }

    [Fact]
    public void Load_FolderAboveTheRightOne_NamesThatOne()
    {
        using var folder = new TemporaryFolder();
        var file = LibraryNames.Current.FileOf("c10");
        Directory.CreateDirectory(folder.Path("lib"));
        File.WriteAllText(folder.Path("lib", file), "");

        Assert.Equal(
            $"LONAS_LIBTORCH names '{folder.Root}', which has no {file}; it is in '{folder.Path("lib")}'",
            Refused(folder.Root).Message);
    }

    [Fact]
    public void Find_FileOfAnNvidiaPackageBesideTorch_IsFound()
    {
        using var folder = new TemporaryFolder();
        var libtorch = Directory.CreateDirectory(folder.Path("torch", "lib")).FullName;
        Directory.CreateDirectory(folder.Path("nvidia", "cudnn", "lib"));
        Directory.CreateDirectory(folder.Path("nvidia", "cu13", "lib", "x64"));
        File.WriteAllText(folder.Path("nvidia", "cudnn", "lib", "libcudnn.so.9"), "");
        File.WriteAllText(folder.Path("nvidia", "cu13", "lib", "x64", "libcufft.so.12"), "");

        Assert.Equal(
            folder.Path("nvidia", "cudnn", "lib", "libcudnn.so.9"),
            ExistingLibtorch.FindDependency(libtorch, "libcudnn.so.9"));
        Assert.Equal(
            folder.Path("nvidia", "cu13", "lib", "x64", "libcufft.so.12"),
            ExistingLibtorch.FindDependency(libtorch, "libcufft.so.12"));
        Assert.Null(ExistingLibtorch.FindDependency(libtorch, "libnccl.so.2"));
    }

    [Fact]
    public void FirstFailure_LibtorchThatTorchSharpIsMadeFor_Passes() => Assert.Null(LibtorchSmokeTest.FirstFailure());

    [Fact]
    public void OwnLibtorch_OnLinux_IsWhereDotNetDoesNotLook()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the build places it on Linux");

        Assert.Equal(Path.Combine(AppContext.BaseDirectory, "libtorch"), NativeFolders.OwnLibtorch);
        Assert.Null(NativeFolders.Find("libtorch_cpu.so"));
    }

    private static NativeLibraryException Refused(string folder) =>
        Assert.Throws<NativeLibraryException>(() => new ExistingLibtorch(folder).Load("libLibTorchSharp.so"));
}
