namespace LoNas.Runtime;

/// <summary>
/// Counts cores. Two hyper-threads share one core's matrix units, so libtorch gets one thread a core.
/// </summary>
internal static class ProcessorCores
{
    private const string Topology = "/sys/devices/system/cpu";

    /// <summary>Physical cores, at most as many as the process may use (affinity and container limits).</summary>
    public static int Physical()
    {
        int usable = Environment.ProcessorCount;
        var cores = new HashSet<string>();
        for (int cpu = 0; File.Exists($"{Topology}/cpu{cpu}/topology/core_id"); cpu++)
        {
            cores.Add(File.ReadAllText($"{Topology}/cpu{cpu}/topology/physical_package_id").Trim()
                + "/" + File.ReadAllText($"{Topology}/cpu{cpu}/topology/core_id").Trim());
        }

        return cores.Count == 0 ? usable : Math.Min(cores.Count, usable);
    }
}
