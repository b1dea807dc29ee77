using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace LoNas.Runtime;

/// <summary>
/// What the first bytes of a Linux library (ELF) tell before it is loaded: glibc maps a file that is cut off and ends
/// the process where it reads past the end, and says of one for another processor that there is no such file.
/// </summary>
internal static class LibraryHeader
{
    /// <summary>In the reason where the file is not whole.</summary>
    public const string CutOff = "the file is cut off";

    /// <summary>In the reason where the file is for another processor.</summary>
    public const string OtherMachine = "it is made for";

    // Elf64_Ehdr: e_machine, then where the table of sections is, with which files end, and how large.
    private const int Length = 64;
    private const int Machine = 18;
    private const int SectionOffset = 40;
    private const int SectionSize = 58;
    private const int SectionCount = 60;

    /// <summary>Why a file can't be loaded into this process; null where the header does not say.</summary>
    public static string? Problem(string path) => Problem(path, RuntimeInformation.ProcessArchitecture);

    internal static string? Problem(string path, Architecture process)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        using var file = File.OpenRead(path);
        Span<byte> header = stackalloc byte[Length];
        if (file.ReadAtLeast(header, Length, throwOnEndOfStream: false) < Length)
        {
            return $"{CutOff}: it has {file.Length} bytes";
        }

        // Other formats are the loader's to judge.
        if (!header.StartsWith("\x7f\x45\x4c\x46\x02\x01"u8))
        {
            return null;
        }

        Architecture? machine = BinaryPrimitives.ReadUInt16LittleEndian(header[Machine..]) switch
        {
            62 => Architecture.X64,
            183 => Architecture.Arm64,
            _ => null,
        };
        if (machine is not null && machine != process)
        {
            return $"{OtherMachine} {machine} and this process runs on {process}";
        }

        long sections = BinaryPrimitives.ReadInt64LittleEndian(header[SectionOffset..]);
        long end = sections + ((long)BinaryPrimitives.ReadUInt16LittleEndian(header[SectionSize..])
            * BinaryPrimitives.ReadUInt16LittleEndian(header[SectionCount..]));
        return end > file.Length ? $"{CutOff}: it has {file.Length} bytes of at least {end}" : null;
    }
}
