using System.Diagnostics;
using System.Globalization;

namespace LoNas.Tests.Support;

/// <summary>
/// The anonymous memory of a process. Pages of mapped files do not count, since the system can drop and reread them.
/// </summary>
internal static class OwnMemory
{
    private const string Field = "RssAnon:";

    /// <summary>The current bytes of a process; 0 if it has ended.</summary>
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

    /// <summary>The peak of a running process until it ends, sampled every few milliseconds.</summary>
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
