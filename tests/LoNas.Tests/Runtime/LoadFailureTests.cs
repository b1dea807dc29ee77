using LoNas.Runtime;

namespace LoNas.Tests.Runtime;

/// <summary>What is made of glibc's words; LibraryProgramTests has whole runs.</summary>
public sealed class LoadFailureTests
{
    [Theory]
    [InlineData(
        "/lib/libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by /app/libLibTorchSharp.so)",
        "libstdc++ is older than '/app/libLibTorchSharp.so' asks for")]
    [InlineData("/lib/libc.so.6: version `GLIBC_2.38' not found (required by /app/x.so)", "C library is too old")]
    [InlineData("libgomp.so.1: cannot open shared object file: No such file", "install the package libgomp1")]
    [InlineData(
        "/app/libLibTorchSharp.so: undefined symbol: _ZN3c105Error4whatEv",
        "is another than TorchSharp's library is made for")]
    [InlineData("/app/libLibTorchSharp.so: invalid ELF header", "'/app/libLibTorchSharp.so' is damaged; delete it")]
    [InlineData("the file is cut off: it has 0 bytes", "'/app/libLibTorchSharp.so' is damaged; delete it")]
    [InlineData("it is made for X64 and this process runs on Arm64", "TorchSharp and libtorch come for x64 alone")]
    [InlineData("libgomp-98b21ff3.so.1: cannot open shared object file: No such file", "or one it needs is missing")]
    public void Explain_WordsOfTheSystem_SaysWhatItIsAndKeepsThem(string reason, string expected)
    {
        var message = LoadFailure.Explain("/app/libLibTorchSharp.so", reason);

        Assert.Contains(expected, message);
        Assert.EndsWith($"libLibTorchSharp.so: {reason}", message);
    }

    [Fact]
    public void FirstThatLoads_SecondPathWillDo_IsNoFailure()
    {
        Assert.Null(NativeLibraryCheck.FirstThatLoads(["a", "b"], path => path == "a" ? "no" : null));
        Assert.Equal(("b", "not b"), NativeLibraryCheck.FirstThatLoads(["a", "b"], path => $"not {path}"));
    }
}
