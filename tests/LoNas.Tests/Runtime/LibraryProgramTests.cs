using LoNas.Tests.Cli;
using LoNas.Tests.Support;

namespace LoNas.Tests.Runtime;

/// <summary>
/// The sample program of the library, as it was built, in a process of its own; and copies of it that lack something or
/// have it in another version.
/// </summary>
public sealed class LibraryProgramTests : IDisposable
{
    private const string Program = "LoNas.Samples.Library.dll";
    private const string TorchSharpLibrary = "libLibTorchSharp.so";

    // TorchSharp's and Protobuf's own assembly rows: the algorithm of hashes (SHA-1), then four numbers of the version.
    private static readonly byte[] TorchSharpVersion = [4, 0x80, 0, 0, 0, 0, 107, 0, 0, 0, 0, 0];
    private static readonly byte[] ProtobufVersion = [4, 0x80, 0, 0, 3, 0, 31, 0, 1, 0, 0, 0];

    private readonly TemporaryFolder _folder = new();

    // Beside the sample's sources as the tests are beside theirs: bin/Release/net10.0.
    private static string Built => Path.Combine(
        Repository.Root, "samples", "library",
        Path.GetRelativePath(Path.Combine(Repository.Root, "tests", "LoNas.Tests"), AppContext.BaseDirectory));

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("README.md")]
    [InlineData("docs/library.md")]
    public void Source_AsDocumented_IsTheSameAndShort(string document)
    {
        var source = File.ReadAllText(Path.Combine(Repository.Root, "samples", "library", "Program.cs"));

        Assert.Contains($"```csharp\n{source}```", File.ReadAllText(Path.Combine(Repository.Root, document)));
        Assert.InRange(source.TrimEnd().Split('\n').Length, 1, 30);
    }

    [Fact]
    public void Run_AsBuilt_Answers()
    {
        var run = Run(Built);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("25 - 19 = 6", run.Output);
    }

    [Fact]
    public void Run_WithoutTorchSharpsLibrary_SaysWhereItComesFrom()
    {
        Copy(file => file != TorchSharpLibrary);

        RequireError($"TorchSharp's native library {TorchSharpLibrary} is not beside the program, where the build");
    }

    [Fact]
    public void Run_LibraryForAnotherProcessor_SaysForWhich()
    {
        Copy(_ => true);
        Patch(TorchSharpLibrary, bytes => bytes[18] = 0xb7);

        RequireError("it is made for Arm64 and this process runs on X64");
    }

    /// <summary>glibc maps such a file, and reading past its end would end the process.</summary>
    [Fact]
    public void Run_LibraryCutOff_SaysThatItIsDamaged()
    {
        Copy(_ => true);
        using (var file = File.OpenWrite(_folder.Path(TorchSharpLibrary)))
        {
            file.SetLength(file.Length / 2);
        }

        RequireError("LibTorchSharp.so' is damaged; delete it, build the program again");
    }

    [Fact]
    public void Run_SystemWithoutTheLibrarysVersionOfLibstdcxx_SaysWhatAsksForIt()
    {
        Copy(_ => true);
        // A version that no system has, under the hash of that name: what the unadapted library is on older ones.
        Patch(TorchSharpLibrary, bytes =>
        {
            Replace(bytes, HashOf("GLIBCXX_3.4.29"), HashOf("GLIBCXX_3.9.29"));
            Replace(bytes, "GLIBCXX_3.4.29"u8, "GLIBCXX_3.9.29"u8);
        });

        RequireError("the system's libstdc++ is older than");
    }

    [Fact]
    public void Run_AnotherTorchSharp_NamesBothVersions()
    {
        Copy(_ => true);
        Patch("TorchSharp.dll", bytes => bytes[Find(bytes, TorchSharpVersion) + 6] = 108);

        RequireError("LoNas needs TorchSharp 0.107.0, no other version, and TorchSharp 0.108.0 was found");
    }

    [Fact]
    public void Run_OlderProtobuf_NamesBothVersionsAndNotTheTokenizer()
    {
        Copy(_ => true);
        Patch("Google.Protobuf.dll", bytes => bytes[Find(bytes, ProtobufVersion) + 6] = 21);

        var error = RequireError("LoNas needs Google.Protobuf 3.31.1 or later, and Google.Protobuf 3.21.1 was found");
        Assert.DoesNotContain("SentencePiece model", error);
    }

    [Fact]
    public void Run_WithoutProtobuf_NamesThePackage()
    {
        Copy(file => file != "Google.Protobuf.dll");

        RequireError("LoNas needs Google.Protobuf 3.31.1 or later, and none was found beside the program");
    }

    [Fact]
    public void Run_AnotherLibtorchInTheProcess_IsNamedBeforeASecondOneLoads()
    {
        // The smallest of its libraries, under the name of the largest; it is found beside what it needs.
        var other = _folder.Path("libtorch_cpu.so");
        var bytes = File.ReadAllBytes(Path.Combine(Built, "libtorch", "libtorch_global_deps.so"));
        Replace(bytes, "libtorch_global_deps.so"u8, "libtorch_cpu.so\0\0\0\0\0\0\0\0"u8);
        File.WriteAllBytes(other, bytes);
        const string Needed = "libgomp-98b21ff3.so.1";
        File.CreateSymbolicLink(_folder.Path(Needed), Path.Combine(Built, "libtorch", Needed));

        var run = Run(Built, ("LD_PRELOAD", other));

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains($"another libtorch is loaded in this process already, '{other}'", run.Error);
    }

    private static CliRun Run(string folder, params (string Name, string Value)[] environment)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs the names and links of Linux");
        var samples = Path.Combine(Repository.Root, "samples");
        return CliProcess.OfProgram(Path.Combine(folder, Program), [samples], environment);
    }

    private string RequireError(string expected)
    {
        var run = Run(_folder.Root);

        // An exception that the program does not catch, not an abort of native code.
        Assert.StartsWith("Unhandled exception. ", run.Error);
        Assert.Contains(expected, run.Error);
        return run.Error;
    }

    private void Copy(Func<string, bool> isTaken)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs the names and links of Linux");
        foreach (var path in Directory.EnumerateFiles(Built).Where(path => isTaken(Path.GetFileName(path))))
        {
            File.Copy(path, _folder.Path(Path.GetFileName(path)));
        }

        Directory.CreateSymbolicLink(_folder.Path("libtorch"), Path.Combine(Built, "libtorch"));
        // It lists what is to be there, and .NET itself then names what is not.
        File.Delete(_folder.Path(Path.ChangeExtension(Program, ".deps.json")));
    }

    private void Patch(string file, Action<byte[]> change)
    {
        var bytes = File.ReadAllBytes(_folder.Path(file));
        change(bytes);
        File.WriteAllBytes(_folder.Path(file), bytes);
    }

    private static int Find(byte[] bytes, ReadOnlySpan<byte> part)
    {
        int place = bytes.AsSpan().IndexOf(part);
        Assert.InRange(place, 0, bytes.Length);
        return place;
    }

    private static void Replace(byte[] bytes, ReadOnlySpan<byte> old, ReadOnlySpan<byte> by) =>
        by.CopyTo(bytes.AsSpan(Find(bytes, old)));

    // The hash of names in an ELF file's lists of versions (System V ABI, chapter 5).
    private static byte[] HashOf(string name) => BitConverter.GetBytes(name.Aggregate(0u, (hash, letter) =>
    {
        hash = (hash << 4) + letter;
        uint high = hash & 0xf0000000;
        return (hash ^ (high >> 24)) & ~high;
    }));
}
