namespace LoNas.Data;

/// <summary>A value of a table.</summary>
/// <param name="Text">The value as text; null where there is none.</param>
/// <param name="IsText">
/// Whether the file says that it is text: CSV does not, so that 1 may be a number or a word there.
/// </param>
public readonly record struct DataCell(string? Text, bool IsText);

/// <summary>A row of a table.</summary>
/// <param name="Place">Where it is in its file, such as <c>line 3</c>.</param>
/// <param name="Cells">Its values in the order of the table's columns; a bad row may have more or fewer.</param>
/// <param name="Problem">What is wrong with it; null where it is sound.</param>
public sealed record DataRow(string Place, IReadOnlyList<DataCell> Cells, string? Problem = null);

/// <summary>The rows of a CSV, TSV, JSON, JSON Lines or Parquet file.</summary>
public sealed record DataTable
{
    /// <summary>The file.</summary>
    public required string Path { get; init; }

    /// <summary>Names of the columns; those of a file without names are 0, 1 and so on.</summary>
    public required IReadOnlyList<string> Columns { get; init; }

    /// <summary>The rows in the file's order, bad ones among them; at least one.</summary>
    public required IReadOnlyList<DataRow> Rows { get; init; }

    /// <summary>Whether the file tells texts from numbers, as JSON and Parquet do.</summary>
    public required bool HasTypes { get; init; }

    /// <summary>The rows without a problem.</summary>
    public IEnumerable<DataRow> SoundRows => Rows.Where(row => row.Problem is null);

    /// <summary>The place of a column; -1 if there is none of this name.</summary>
    public int Find(string column) => Columns.ToList().IndexOf(column);

    /// <summary>The place of a column.</summary>
    /// <exception cref="InvalidDataException">There is none of this name.</exception>
    public int Require(string column) => Find(column) is >= 0 and var place ? place : throw new InvalidDataException(
        $"The data set '{Path}' has no column '{column}'; it has {ColumnList}{Separators}");

    /// <summary>The columns for a message.</summary>
    internal string ColumnList => string.Join(", ", Columns.Select(name => $"'{name}'"));

    /// <summary>A hint where the one column holds what other programs put between values.</summary>
    internal string Separators => Columns is [var only] && !HasTypes && only.AsSpan().IndexOfAny(";\t,") >= 0
        ? ", one column alone: .csv has commas between values and .tsv tabs; semicolons, as Excel writes them in some "
            + "countries, are neither: save the file as one of these"
        : "";

    /// <summary>Makes a table of rows.</summary>
    /// <exception cref="InvalidDataException">There is none, or two columns have one name.</exception>
    internal static DataTable Of(
        string path, IReadOnlyList<string> columns, IReadOnlyList<DataRow> rows, bool hasTypes)
    {
        if (columns.GroupBy(name => name).FirstOrDefault(names => names.Count() > 1) is { } twice)
        {
            throw new InvalidDataException(
                $"The data set '{path}' has the column '{twice.Key}' twice; rename or remove one");
        }

        return rows.Count > 0
            ? new DataTable { Path = path, Columns = columns, Rows = rows, HasTypes = hasTypes }
            : throw new InvalidDataException($"The data set '{path}' has no rows"
                + (columns.Count > 0 ? $" below its columns {string.Join(", ", columns)}" : "")
                + "; expected at least one");
    }
}
