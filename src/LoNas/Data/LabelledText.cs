using System.Globalization;

namespace LoNas.Data;

/// <summary>One text or two, with what a classifier should say of them.</summary>
/// <param name="First">The text.</param>
/// <param name="Second">The second text; null where there is one alone.</param>
/// <param name="Label">The class's id, or the number; null where it is not known.</param>
public sealed record LabelledText(string First, string? Second, double? Label);

/// <summary>What the labels of a data set mean.</summary>
/// <param name="Names">The classes in the order of their ids; empty where labels are numbers to be regressed.</param>
public sealed record LabelScheme(IReadOnlyList<string> Names)
{
    /// <summary>Whether labels are numbers to be regressed.</summary>
    public bool IsRegression => Names.Count == 0;

    /// <summary>Scores that a model gives: one for each class, or the number.</summary>
    public int Outputs => Math.Max(1, Names.Count);

    /// <summary>
    /// The scheme of training labels, as Transformers' example finds it: numbers with a fraction are regressed, all
    /// others are classes, sorted as the numbers or words that they are.
    /// </summary>
    /// <exception cref="InvalidDataException">A row has no label, or all have the same.</exception>
    public static LabelScheme Of(DataTable table, int column)
    {
        var cells = table.Rows.Select(row => row.Cells[column]).ToArray();
        if (cells.Index().FirstOrDefault(each => string.IsNullOrEmpty(each.Item.Text), (-1, default)) is (>= 0 and var row, _))
        {
            throw new InvalidDataException(
                $"The data set '{table.Path}' has no label in {table.Rows[row].Place}; expected one in each row");
        }

        bool AreNumbers(NumberStyles style) => cells.All(cell => !cell.IsText
            && double.TryParse(cell.Text, style, CultureInfo.InvariantCulture, out _));
        bool areWhole = AreNumbers(NumberStyles.AllowLeadingSign);
        if (!areWhole && AreNumbers(NumberStyles.Float))
        {
            return new LabelScheme([]);
        }

        var names = cells.Select(cell => cell.Text!).Distinct();
        var sorted = areWhole
            ? names.OrderBy(name => double.Parse(name, CultureInfo.InvariantCulture))
            : names.Order(StringComparer.Ordinal);
        return sorted.ToArray() is { Length: > 1 } all ? new LabelScheme(all) : throw new InvalidDataException(
            $"The data set '{table.Path}' has the label '{cells[0].Text}' in every row; expected two classes or more");
    }

    /// <summary>A label's id or number; null where it is neither of these classes nor a number.</summary>
    /// <param name="cell">The label: a class's name, or its id where the names are words.</param>
    public double? Read(DataCell cell)
    {
        if (IsRegression)
        {
            return double.TryParse(cell.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
                && double.IsFinite(number) ? number : null;
        }

        int named = Names.ToList().IndexOf(cell.Text ?? "");
        return named >= 0 ? named
            : int.TryParse(cell.Text, NumberStyles.None, CultureInfo.InvariantCulture, out int id) && id < Names.Count
                && !Names.All(name => int.TryParse(name, CultureInfo.InvariantCulture, out _))
            ? id
            : null;
    }
}

/// <summary>The columns of a table that make a labelled text.</summary>
/// <param name="First">The text.</param>
/// <param name="Second">The second text; null: none.</param>
/// <param name="Label">The label; null: none.</param>
public sealed record TextColumns(string First, string? Second, string? Label)
{
    /// <summary>
    /// The columns of a file of the user's own: <c>label</c>; <c>sentence1</c> and <c>sentence2</c>, else the first two
    /// others, or the one.
    /// </summary>
    /// <exception cref="InvalidDataException">It has no column for a text.</exception>
    public static TextColumns Of(DataTable table)
    {
        var label = table.Find("label") >= 0 ? "label" : null;
        string[] others = [.. table.Columns.Where(name => name != label)];
        return others.Contains("sentence1") && others.Contains("sentence2") ? new("sentence1", "sentence2", label)
            : others.Length > 0 ? new(others[0], others.ElementAtOrDefault(1), label)
            : throw new InvalidDataException(
                $"The data set '{table.Path}' has the column '{string.Join("', '", table.Columns)}' alone; expected one "
                + "or two with texts, and 'label'");
    }

    /// <summary>The texts of a table.</summary>
    /// <param name="table">The rows.</param>
    /// <param name="scheme">What its labels mean.</param>
    /// <param name="needsLabels">Whether each must have one; a label of -1 is none, as on the hub.</param>
    /// <exception cref="InvalidDataException">A column is missing, or rows are bad, of which the first five are listed.</exception>
    public IReadOnlyList<LabelledText> Read(DataTable table, LabelScheme scheme, bool needsLabels)
    {
        int first = table.Require(First);
        int second = Second is null ? -1 : table.Require(Second);
        int label = Label is null ? -1 : needsLabels ? table.Require(Label) : table.Find(Label);
        var problems = new List<string>();
        var texts = new List<LabelledText>();
        foreach (var row in table.Rows)
        {
            var cell = label < 0 ? default : row.Cells[label];
            var value = scheme.Read(cell);
            if (Problem(row, first, second) is { } missing)
            {
                problems.Add($"{row.Place}: {missing}");
            }
            else if (value is null && (needsLabels || (label >= 0 && cell.Text is not (null or "" or "-1" or "-1.0"))))
            {
                var expected = scheme.IsRegression ? "a number" : string.Join(", ", scheme.Names);
                problems.Add($"{row.Place}: the label '{Label}' is '{cell.Text}'; expected {expected}");
            }
            else
            {
                texts.Add(new(row.Cells[first].Text!, second < 0 ? null : row.Cells[second].Text, value));
            }
        }

        return problems.Count == 0 ? texts : throw new InvalidDataException(
            $"The data set '{table.Path}' has {problems.Count} bad of {table.Rows.Count} rows; correct or remove them:"
            + RecordProblems.List(problems));
    }

    private string? Problem(DataRow row, int first, int second) =>
        row.Cells[first].Text is null ? $"no '{First}'"
        : second >= 0 && row.Cells[second].Text is null ? $"no '{Second}'"
        : null;
}
