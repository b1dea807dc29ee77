using System.Runtime.InteropServices;

namespace LoNas.Storage;

/// <summary>
/// Tells a file from what only looks like one. A named pipe is waited for without end when it is opened, and a device
/// such as /dev/zero never ends. .NET says neither of a path, so that Linux is asked itself.
/// </summary>
public static partial class FileKind
{
    private const int FromHere = -100; // AT_FDCWD
    private const uint TypeAlone = 1; // STATX_TYPE
    private const int Size = 256; // of struct statx, which is the same on every processor
    private const int ModeOffset = 28;

    /// <summary>Types by S_IFMT of the mode, and what each is called.</summary>
    private static readonly Dictionary<int, string> Others = new()
    {
        [0x1000] = "a pipe, such as mkfifo or the shell's <(...) makes",
        [0x2000] = "a device",
        [0x6000] = "a device",
        [0xC000] = "a socket",
    };

    /// <summary>What a path leads to, also by links, that is neither file nor folder nor missing; else null.</summary>
    public static string? OfOther(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return path.StartsWith("/dev/", StringComparison.Ordinal)
                || (OperatingSystem.IsWindows() && HasDeviceAttribute(path)) ? "a device" : null;
        }

        try
        {
            Span<byte> found = stackalloc byte[Size];
            return Status(FromHere, path, 0, TypeAlone, found) != 0 ? null
                : Others.GetValueOrDefault(MemoryMarshal.Read<ushort>(found[ModeOffset..]) & 0xF000);
        }
        catch (EntryPointNotFoundException)
        {
            return null; // a C library from before 2018
        }
    }

    private static bool HasDeviceAttribute(string path)
    {
        var attributes = new FileInfo(path).Attributes;
        return (int)attributes != -1 && attributes.HasFlag(FileAttributes.Device);
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Status(int folder, string path, int flags, uint mask, Span<byte> result);
}
