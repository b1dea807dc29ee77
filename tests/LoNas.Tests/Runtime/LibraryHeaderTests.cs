using System.Runtime.InteropServices;
using LoNas.Runtime;
using LoNas.Tests.Support;

namespace LoNas.Tests.Runtime;

public sealed class LibraryHeaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => _folder.Path("lib.so");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0x3e, Architecture.X64, null)]
    [InlineData(0x3e, Architecture.Arm64, "it is made for X64 and this process runs on Arm64")]
    [InlineData(0xb7, Architecture.X64, "it is made for Arm64 and this process runs on X64")]
    [InlineData(0xf3, Architecture.X64, null)]
    public void Problem_ProcessorOfALibrary_NamesAnother(byte machine, Architecture process, string? expected)
    {
        System.IO.File.WriteAllBytes(File, Library(machine, sections: 0));

        Assert.Equal(expected, LibraryHeader.Problem(File, process));
    }

    [Theory]
    [InlineData(64, null)]
    [InlineData(65, "the file is cut off: it has 192 bytes of at least 193")]
    public void Problem_SectionsBehindTheEnd_FileIsCutOff(int sections, string? expected)
    {
        System.IO.File.WriteAllBytes(File, [.. Library(0x3e, sections), .. new byte[128]]);

        Assert.Equal(expected, LibraryHeader.Problem(File, Architecture.X64));
    }

    [Fact]
    public void Problem_EmptyFile_IsCutOff()
    {
        System.IO.File.WriteAllText(File, "");

        Assert.Equal("the file is cut off: it has 0 bytes", LibraryHeader.Problem(File, Architecture.X64));
    }

    [Fact]
    public void Problem_OtherFormatOrNoFile_IsNotJudged()
    {
        Assert.Null(LibraryHeader.Problem(File, Architecture.X64));

        System.IO.File.WriteAllText(File, new string('x', 100));
        Assert.Null(LibraryHeader.Problem(File, Architecture.X64));
    }

    /// <summary>A header whose two sections of 64 bytes begin at a byte.</summary>
    private static byte[] Library(byte machine, int sections)
    {
        var header = new byte[64];
        "\x7f\x45\x4c\x46\x02\x01"u8.CopyTo(header);
        header[18] = machine;
        BitConverter.GetBytes((long)sections).CopyTo(header, 40);
        header[58] = 64;
        header[60] = (byte)(sections == 0 ? 0 : 2);
        return header;
    }
}
