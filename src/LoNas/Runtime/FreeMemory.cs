using System.Globalization;

namespace LoNas.Runtime;

/// <summary>How much memory may still be taken.</summary>
public static class FreeMemory
{
    private const string System = "/proc/meminfo";
    private const string Limit = "/sys/fs/cgroup/memory.max";
    private const string Used = "/sys/fs/cgroup/memory.current";

    /// <summary>Bytes that the system and the container still have; an estimate where they don't say.</summary>
    public static long Bytes
    {
        get
        {
            var info = GC.GetGCMemoryInfo();
            long free = Math.Max(0, info.TotalAvailableMemoryBytes - Environment.WorkingSet);
            if (File.Exists(System) && Available(File.ReadLines(System)) is { } available)
            {
                free = Math.Min(free, available);
            }

            return Number(Limit) is { } limit && Number(Used) is { } used
                ? Math.Min(free, Math.Max(0, limit - used))
                : free;
        }
    }

    internal static long? Available(IEnumerable<string> lines) =>
        lines.FirstOrDefault(line => line.StartsWith("MemAvailable:", StringComparison.Ordinal)) is { } line
        && line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1] is var number
        && long.TryParse(number, CultureInfo.InvariantCulture, out long kib)
            ? kib * 1024
            : null;

    private static long? Number(string path) =>
        File.Exists(path) && long.TryParse(File.ReadAllText(path).Trim(), CultureInfo.InvariantCulture, out long value)
            ? value
            : null;
}
