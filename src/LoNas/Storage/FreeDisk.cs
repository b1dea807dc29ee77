using System.Globalization;
using LoNas.Errors;

namespace LoNas.Storage;

/// <summary>Checks for free disk space.</summary>
public static class FreeDisk
{
    /// <summary>
    /// The free bytes of the drive of a file or folder, which need not exist yet; null if the system can't tell.
    /// </summary>
    public static long? Of(string path)
    {
        var folder = Path.GetFullPath(path);
        while (!Directory.Exists(folder))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>
    /// A message that there is too little space; null if there is enough or the free space is unknown.
    /// </summary>
    /// <param name="path">What is written, as the user named it.</param>
    /// <param name="needed">Its bytes.</param>
    /// <param name="free">The free bytes of its drive; null if unknown.</param>
    public static string? Shortage(string path, long needed, long? free) => needed <= free || free is null
        ? null
        : $"'{path}' needs about {Show(needed)} of disk and {Show(free.Value)} are free there";

    /// <summary>Throws before a long write that the disk has no room for.</summary>
    /// <param name="path">What is written, as the user named it.</param>
    /// <param name="needed">Its bytes.</param>
    /// <param name="onShortage">Called with the message instead of throwing; null to throw.</param>
    /// <exception cref="IOException">There is too little free space.</exception>
    internal static void Require(string path, long needed, Action<string>? onShortage)
    {
        if (Shortage(path, needed, Of(path)) is not { } text)
        {
            return;
        }

        if (onShortage is null)
        {
            throw new IOException($"{text}; free some, give another place, or try it all the same")
                .About(Setting.Shortage);
        }

        onShortage(text);
    }

    /// <summary>A number of bytes as text, in MiB or GiB.</summary>
    public static string Show(long bytes) => bytes >= 1 << 30
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 30):0.0} GiB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 20):0.0} MiB");
}
