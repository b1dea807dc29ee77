using System.Collections.Concurrent;
using System.Globalization;

namespace LoNas.Tests.Support;

/// <summary>
/// The largest difference seen per recorded quantity. With LONAS_PARITY_LOG set to a file, every test run writes them
/// there as rows of the table in docs/parity.md.
/// </summary>
internal static class ParityLog
{
    private static readonly ConcurrentDictionary<string, (double Difference, string Rule)> Rows = new();

    private static readonly Lock Gate = new();

    /// <summary>Records a quantity that must be, and was, exactly equal.</summary>
    public static void AddExact(string quantity) => Add(quantity, 0, "exact");

    public static void Add(string quantity, double difference, double tolerance, string kind) =>
        Add(quantity, difference, string.Create(CultureInfo.InvariantCulture, $"{tolerance:0.#e+0} {kind}"));

    public static void Add(string quantity, double difference, string rule)
    {
        Rows.AddOrUpdate(
            quantity,
            (difference, rule),
            (_, seen) => (Math.Max(seen.Difference, difference), seen.Rule));
        if (Environment.GetEnvironmentVariable("LONAS_PARITY_LOG") is { Length: > 0 } path)
        {
            lock (Gate)
            {
                File.WriteAllLines(path, Rows.OrderBy(row => row.Key, StringComparer.Ordinal).Select(
                    row => string.Create(
                        CultureInfo.InvariantCulture,
                        $"| {row.Key} | {row.Value.Difference:0.0e+0;;0} | {row.Value.Rule} |")));
            }
        }
    }
}
