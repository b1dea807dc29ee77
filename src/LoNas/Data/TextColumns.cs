using System.Globalization;
using LoNas.Storage;

namespace LoNas.Data;

/// <summary>The columns of a table that make a labelled text.</summary>
/// <param name="First">The text.</param>
/// <param name="Second">The second text; null: none.</param>
/// <param name="Label">The label; null: none.</param>
public sealed record TextColumns(string First, string? Second, string? Label)
{
    private const string LabelName = "label";

    /// <summary>Columns that number rows; the one without a name is pandas' index.</summary>
    private static readonly string[] RowNames = ["", "id", "idx", "index", "guid", "uid", "Unnamed: 0"];

    /// <summary>
    /// The columns of a file of the user's own: <c>label</c>; <c>sentence1</c> and <c>sentence2</c>, else the first two
    /// others, or the one. Columns that hold numbers, the rows' names or the label once more are no texts.
    /// </summary>
    /// <exception cref="InvalidDataException">It has no column for a text.</exception>
    public static TextColumns Of(DataTable table)
    {
        var label = table.Find(LabelName) >= 0 ? LabelName : null;
        string[] others = [.. table.Columns.Where(name => name != label)];
        string[] texts = [.. others.Where(name => IsText(table, name))];
        return others.Contains("sentence1") && others.Contains("sentence2") ? new("sentence1", "sentence2", label)
            : texts.Length > 0 ? new(texts[0], texts.ElementAtOrDefault(1), label)
            : throw new InvalidDataException(
                $"The data set '{table.Path}' has no column with texts; expected one or two, and '{LabelName}'; it has "
                + $"{table.ColumnList}{table.Separators}");
    }

    /// <summary>The texts of a table.</summary>
    /// <param name="table">The rows.</param>
    /// <param name="scheme">What its labels mean.</param>
    /// <param name="needsLabels">Whether each must have one; a label of -1 is none, as on the hub.</param>
    /// <exception cref="InvalidDataException">
    /// A column is missing, or rows are bad, of which the first five are listed.
    /// </exception>
    public IReadOnlyList<LabelledText> Read(DataTable table, LabelScheme scheme, bool needsLabels)
    {
        int first = table.Require(First);
        int second = Second is null ? -1 : table.Require(Second);
        int label = Label is null ? -1 : needsLabels ? table.Require(Label) : table.Find(Label);
        var problems = new List<string>();
        var texts = new List<LabelledText>();
        foreach (var row in table.Rows)
        {
            if (row.Problem is not null)
            {
                problems.Add($"{row.Place}: {row.Problem}");
                continue;
            }

            var cell = label < 0 ? default : row.Cells[label];
            var value = scheme.Read(cell);
            string?[] wrong =
            [
                TextProblem(table, row.Cells[first], First),
                second < 0 ? null : TextProblem(table, row.Cells[second], Second!),
                value is null ? LabelProblem(cell, scheme, needsLabels) : null,
            ];
            problems.AddRange(wrong.Any(text => text is not null)
                ? [$"{row.Place}: {string.Join("; ", wrong.Where(text => text is not null))}"]
                : []);
            texts.Add(new(row.Cells[first].Text ?? "", second < 0 ? null : row.Cells[second].Text, value));
        }

        return problems.Count == 0 ? texts : throw Refused(table, problems);
    }

    /// <summary>Refuses a table of bad rows alone, whose columns tell nothing.</summary>
    /// <exception cref="InvalidDataException">It is one.</exception>
    internal static void RequireRows(DataTable table)
    {
        if (!table.SoundRows.Any())
        {
            throw Refused(table, [.. table.Rows.Select(row => $"{row.Place}: {row.Problem}")]);
        }
    }

    private static InvalidDataException Refused(DataTable table, IReadOnlyCollection<string> problems) => new(
        $"The data set '{table.Path}' has {problems.Count} bad of {table.Rows.Count} rows; correct or remove them:"
        + RecordProblems.List(problems));

    /// <summary>Whether a column of the user's own can be a text.</summary>
    private static bool IsText(DataTable table, string name)
    {
        int column = table.Find(name);
        return !RowNames.Contains(name, StringComparer.OrdinalIgnoreCase)
            && !name.StartsWith(LabelName, StringComparison.OrdinalIgnoreCase)
            && !table.SoundRows.Select(row => row.Cells[column]).All(cell => !cell.IsText && (table.HasTypes
                || string.IsNullOrEmpty(cell.Text) || double.TryParse(cell.Text, CultureInfo.InvariantCulture, out _)));
    }

    private static string? TextProblem(DataTable table, DataCell cell, string name) =>
        cell.Text is null ? $"no '{name}'"
        : table.HasTypes && !cell.IsText ? $"'{name}' is {Excerpt.Of(cell.Text)}; expected text"
        : null;

    private string? LabelProblem(DataCell cell, LabelScheme scheme, bool needsLabels) => cell.Text switch
    {
        null or "" => needsLabels ? $"no '{Label}'; expected {scheme.Expected}" : null,
        "-1" or "-1.0" when !needsLabels => null,
        var text => $"the label '{Label}' is '{Excerpt.Of(text)}'; expected {scheme.Expected}",
    };
}
