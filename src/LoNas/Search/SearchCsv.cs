using System.Globalization;
using LoNas.Storage;

namespace LoNas.Search;

/// <summary>
/// The reference's CSV files of a search. Like those of Python's csv module, they have no header, and RFC 4180's quotes
/// and line ends.
/// </summary>
public static class SearchCsv
{
    /// <summary>
    /// Writes <c>search_progression.csv</c>: for each evaluation the sub-adapter, then name and value of both
    /// objectives, as in <c>"{""width"": ...}",MACs,271.58,top1_acc,-0.93</c>.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="names">[2], the objectives' names.</param>
    /// <param name="rows">The evaluations, in order.</param>
    public static void WriteProgression(string path, IReadOnlyList<string> names, IEnumerable<SearchRow> rows) => Write(
        path,
        rows.Select(row => (string[])
            [row.SubAdapter, names[0], Number(row.Objectives[0]), names[1], Number(row.Objectives[1])]));

    /// <summary>Writes <c>cache_NAME.csv</c>: each sub-adapter once, with one objective.</summary>
    /// <param name="path">The file.</param>
    /// <param name="objective">0 or 1.</param>
    /// <param name="rows">The evaluations, in order.</param>
    public static void WriteCache(string path, int objective, IEnumerable<SearchRow> rows) => Write(
        path,
        rows.DistinctBy(row => row.SubAdapter)
            .Select(row => (string[])[row.SubAdapter, Number(row.Objectives[objective])]));

    private static void Write(string path, IEnumerable<string[]> rows) => AtomicFile.WriteText(
        path, string.Concat(rows.Select(cells => string.Join(',', cells.Select(Cell)) + "\r\n")));

    /// <summary>The shortest text that reads back as the same number.</summary>
    private static string Number(double value) => (value == 0 ? 0 : value).ToString("R", CultureInfo.InvariantCulture);

    private static string Cell(string text) =>
        text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}

/// <summary>An evaluation as the CSV files show it.</summary>
/// <param name="SubAdapter">The sub-adapter as JSON on one line.</param>
/// <param name="Objectives">
/// [2], both minimised, in their units: for example millions of MACs, and minus accuracy.
/// </param>
public sealed record SearchRow(string SubAdapter, double[] Objectives);
