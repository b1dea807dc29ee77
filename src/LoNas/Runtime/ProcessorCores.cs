using System.Globalization;

namespace LoNas.Runtime;

/// <summary>
/// Counts cores. Two hyper-threads share one core's matrix units, so libtorch gets one thread a core.
/// </summary>
internal static class ProcessorCores
{
    private const string Topology = "/sys/devices/system/cpu";
    private const string Status = "/proc/self/status";
    private const string AllowedList = "Cpus_allowed_list:";

    /// <summary>Physical cores, at most as many as the process may use (affinity and container limits).</summary>
    public static int Physical()
    {
        int usable = Environment.ProcessorCount;
        var cores = new HashSet<string>();
        for (int cpu = 0; File.Exists($"{Topology}/cpu{cpu}/topology/core_id"); cpu++)
        {
            cores.Add(NameOf(cpu)!);
        }

        return cores.Count == 0 ? usable : Math.Min(cores.Count, usable);
    }

    /// <summary>
    /// The physical cores that this process may run on, each by a name that other processes of the machine give it too;
    /// empty where the system does not tell.
    /// </summary>
    public static IReadOnlySet<string> Allowed() => File.Exists(Status)
        ? File.ReadLines(Status).Where(line => line.StartsWith(AllowedList, StringComparison.Ordinal))
            .SelectMany(line => Numbers(line[AllowedList.Length..])).Select(NameOf).OfType<string>().ToHashSet()
        : new HashSet<string>();

    /// <summary>The numbers of a list such as <c>0-3,8</c>.</summary>
    internal static IEnumerable<int> Numbers(string list) => list.Split(',')
        .Select(range =>
            range.Split('-').Select(text => int.Parse(text.Trim(), CultureInfo.InvariantCulture)).ToArray())
        .SelectMany(range => Enumerable.Range(range[0], range[^1] - range[0] + 1));

    private static string? NameOf(int cpu) => File.Exists($"{Topology}/cpu{cpu}/topology/core_id")
        ? File.ReadAllText($"{Topology}/cpu{cpu}/topology/physical_package_id").Trim()
            + "/" + File.ReadAllText($"{Topology}/cpu{cpu}/topology/core_id").Trim()
        : null;
}
