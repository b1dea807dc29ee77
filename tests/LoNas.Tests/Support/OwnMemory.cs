using System.Diagnostics;
using System.Globalization;

namespace LoNas.Tests.Support;

/// <summary>
/// The memory that a process can't give back: its anonymous pages. Those of mapped files, which the system drops and
/// reads again as it likes, don't count.
/// </summary>
internal static class OwnMemory
{
    private const string Field = "RssAnon:";

    /// <summary>Bytes of a process now; 0 where it has ended.</summary>
    public static long Of(int process)
    {
        try
        {
            var line = File.ReadLines($"/proc/{process}/status")
                .FirstOrDefault(line => line.StartsWith(Field, StringComparison.Ordinal));
            return line is null
                ? 0
                : 1024 * long.Parse(
                    line[Field.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(),
                    CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    /// <summary>The most that a running process has until it ends, looked at every few milliseconds.</summary>
    public static long PeakOf(Process process)
    {
        long peak = 0;
        do
        {
            peak = Math.Max(peak, Of(process.Id));
        }
        while (!process.WaitForExit(2));
        return peak;
    }
}
