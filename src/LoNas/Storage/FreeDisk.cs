using System.Globalization;
using LoNas.Errors;

namespace LoNas.Storage;

/// <summary>How much may still be written.</summary>
public static class FreeDisk
{
    /// <summary>Free bytes of the drive that a file or folder is or will be on; null where the system does not say.</summary>
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

    /// <summary>What is said where there is too little; null where there is enough or nobody knows.</summary>
    /// <param name="path">What is written, as the user named it.</param>
    /// <param name="needed">Its bytes.</param>
    /// <param name="free">Free bytes there.</param>
    public static string? Shortage(string path, long needed, long? free) => needed <= free || free is null
        ? null
        : $"'{path}' needs about {Show(needed)} of disk and {Show(free.Value)} are free there";

    /// <summary>Fails before a long write that can't end.</summary>
    /// <param name="path">What is written, as the user named it.</param>
    /// <param name="needed">Its bytes.</param>
    /// <param name="onShortage">Is told in place of the failure; null: it fails.</param>
    /// <exception cref="IOException">There is too little space.</exception>
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

    /// <summary>A number of bytes for people.</summary>
    public static string Show(long bytes) => bytes >= 1 << 30
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 30):0.0} GiB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 20):0.0} MiB");
}
