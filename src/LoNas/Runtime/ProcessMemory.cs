using System.Diagnostics;

namespace LoNas.Runtime;

/// <summary>What this process occupies.</summary>
public static class ProcessMemory
{
    /// <summary>Resident set size in bytes.</summary>
    public static long ResidentBytes => Environment.WorkingSet;

    /// <summary>The largest resident set size so far, in bytes.</summary>
    public static long PeakBytes
    {
        get
        {
            using var process = Process.GetCurrentProcess();
            return process.PeakWorkingSet64;
        }
    }
}
