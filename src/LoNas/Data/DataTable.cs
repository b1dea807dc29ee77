namespace LoNas.Data;

/// <summary>A value of a table.</summary>
/// <param name="Text">The value as text; null where there is none.</param>
/// <param name="IsText">
/// Whether the file says that it is text: CSV does not, so that 1 may be a number or a word there.
/// </param>
public readonly record struct DataCell(string? Text, bool IsText);

/// <summary>A row of a table.</summary>
/// <param name="Place">Where it is in its file, such as <c>line 3</c>.</param>
/// <param name="Cells">Its values in the order of the table's columns.</param>
public sealed record DataRow(string Place, IReadOnlyList<DataCell> Cells);

/// <summary>The rows of a CSV, TSV, JSON, JSON Lines or Parquet file.</summary>
public sealed record DataTable
{
    /// <summary>The file.</summary>
    public required string Path { get; init; }

    /// <summary>Names of the columns; those of a file without names are 0, 1 and so on.</summary>
    public required IReadOnlyList<string> Columns { get; init; }

    /// <summary>The rows in the file's order; at least one.</summary>
    public required IReadOnlyList<DataRow> Rows { get; init; }

    /// <summary>The place of a column; -1 if there is none of this name.</summary>
    public int Find(string column) => Columns.ToList().IndexOf(column);

    /// <summary>The place of a column.</summary>
    /// <exception cref="InvalidDataException">There is none of this name.</exception>
    public int Require(string column) => Find(column) is >= 0 and var place ? place : throw new InvalidDataException(
        $"The data set '{Path}' has no column '{column}'; it has {string.Join(", ", Columns)}");
}
