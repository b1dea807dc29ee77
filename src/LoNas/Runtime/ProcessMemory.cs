using System.Globalization;

namespace LoNas.Runtime;

/// <summary>What this process occupies, and what the machine has left.</summary>
public static class ProcessMemory
{
    /// <summary>Resident set size in bytes.</summary>
    public static long ResidentBytes => Environment.WorkingSet;

    /// <summary>Bytes the system can still give without swapping; null where it does not tell.</summary>
    public static long? AvailableBytes()
    {
        const string Source = "/proc/meminfo";
        if (!File.Exists(Source))
        {
            return null;
        }

        var line = File.ReadLines(Source).FirstOrDefault(l => l.StartsWith("MemAvailable:", StringComparison.Ordinal));
        var number = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        return long.TryParse(number, CultureInfo.InvariantCulture, out long kibibytes) ? kibibytes * 1024 : null;
    }
}
