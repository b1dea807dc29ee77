using LoNas.Runtime;

namespace LoNas.Tests.Runtime;

public sealed class LibraryLoaderTests
{
    private readonly List<string> _loaded = [];
    private readonly List<string> _sought = [];

    [Fact]
    public void Load_NothingMissing_LoadsTheFileAlone()
    {
        Assert.Null(Loader([]).Load("/torch/libc10.so"));

        Assert.Equal(["/torch/libc10.so"], _loaded);
        Assert.Empty(_sought);
    }

    [Fact]
    public void Load_FilesThatNeedOthers_LoadsThoseFirst()
    {
        var loader = Loader(new()
        {
            ["libtorch_cuda.so"] = ["libcudnn.so.9", "libcublas.so.12"],
            ["libcublas.so.12"] = ["libcublasLt.so.12"],
        });

        Assert.Null(loader.Load("/torch/libtorch_cuda.so"));

        Assert.Equal(
            [
                "/nvidia/libcudnn.so.9", "/nvidia/libcublasLt.so.12", "/nvidia/libcublas.so.12",
                "/torch/libtorch_cuda.so",
            ],
            _loaded);
    }

    [Fact]
    public void Load_FileThatIsNowhere_GivesTheSystemsReason()
    {
        var reason = Loader(new() { ["libtorch_cuda.so"] = ["libnowhere.so.1"] }).Load("/torch/libtorch_cuda.so");

        Assert.Equal("libnowhere.so.1: cannot open shared object file: No such file or directory", reason);
        Assert.Equal(["libnowhere.so.1"], _sought);
    }

    [Fact]
    public void Load_FileThatIsFoundAndDoesNotHelp_IsSoughtOnce()
    {
        var loader = new LibraryLoader(
            path => path.StartsWith("/nvidia", StringComparison.Ordinal) ? null : Missing("libgomp.so.1"),
            file => Seek(file));

        Assert.Equal(Missing("libgomp.so.1"), loader.Load("/torch/libtorch_cpu.so"));
        Assert.Equal(["libgomp.so.1"], _sought);
    }

    [Theory]
    [InlineData("/torch/libtorch_cpu.so: cannot open shared object file: Permission denied")]
    [InlineData("/program/libLibTorchSharp.so: undefined symbol: _ZNK3c105Error4whatEv")]
    [InlineData("/torch/libc10.so: invalid ELF header")]
    public void Load_OtherReasons_LookForNothing(string reason)
    {
        Assert.Equal(reason, new LibraryLoader(_ => reason, Seek).Load("/torch/libtorch_cpu.so"));
        Assert.Empty(_sought);
    }

    /// <summary>A fake system in which a library can be loaded only after the libraries that it needs.</summary>
    private LibraryLoader Loader(Dictionary<string, string[]> needs) => new(
        path =>
        {
            var lacking = needs.GetValueOrDefault(Path.GetFileName(path), [])
                .FirstOrDefault(need => !_loaded.Any(loaded => Path.GetFileName(loaded) == need));
            if (lacking is not null)
            {
                return Missing(lacking);
            }

            _loaded.Add(path);
            return null;
        },
        Seek);

    private string? Seek(string file)
    {
        _sought.Add(file);
        return file.Contains("nowhere", StringComparison.Ordinal) ? null : $"/nvidia/{file}";
    }

    private static string Missing(string file) => $"{file}: cannot open shared object file: No such file or directory";
}
