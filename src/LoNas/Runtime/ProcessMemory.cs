namespace LoNas.Runtime;

/// <summary>What this process occupies.</summary>
public static class ProcessMemory
{
    /// <summary>Resident set size in bytes.</summary>
    public static long ResidentBytes => Environment.WorkingSet;
}
