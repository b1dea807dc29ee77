using System.Globalization;
using LoNas.Files;

namespace LoNas.Search;

/// <summary>The reference's CSV files of a search: no header, RFC 4180's quotes and line ends, as Python's csv module writes.</summary>
public static class SearchCsv
{
    /// <summary>
    /// Writes <c>search_progression.csv</c>: for each evaluation the sub-adapter, "MACs", millions of MACs, "top1_acc" and
    /// minus accuracy.
    /// </summary>
    public static void WriteProgression(string path, IEnumerable<SearchRow> rows) => Write(path, rows.Select(row =>
        (string[])[row.SubAdapter, "MACs", Number(row.MillionMacs), "top1_acc", Number(0 - row.Accuracy)]));

    /// <summary>Writes <c>cache_MACs.csv</c>: each different sub-adapter and its millions of MACs.</summary>
    public static void WriteMacs(string path, IEnumerable<SearchRow> rows) => Write(
        path, rows.DistinctBy(row => row.SubAdapter).Select(row => (string[])[row.SubAdapter, Number(row.MillionMacs)]));

    /// <summary>Writes <c>cache_top1_acc.csv</c>: each different sub-adapter and minus its accuracy.</summary>
    public static void WriteAccuracy(string path, IEnumerable<SearchRow> rows) => Write(
        path, rows.DistinctBy(row => row.SubAdapter).Select(row => (string[])[row.SubAdapter, Number(0 - row.Accuracy)]));

    private static void Write(string path, IEnumerable<string[]> rows) => AtomicFile.WriteText(
        path, string.Concat(rows.Select(cells => string.Join(',', cells.Select(Cell)) + "\r\n")));

    /// <summary>The shortest text that reads back as the same number.</summary>
    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Cell(string text) =>
        text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
