using System.Globalization;
using LoNas.Storage;

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
    /// <summary>What pandas writes and reads for a missing value, and numbers that are none.</summary>
    private static readonly string[] MissingWords =
        ["NA", "N/A", "#N/A", "<NA>", "NaN", "nan", "null", "NULL", "None", "inf", "-inf", "Infinity", "-Infinity"];

    /// <summary>Whether labels are numbers to be regressed.</summary>
    public bool IsRegression => Names.Count == 0;

    /// <summary>Scores that a model gives: one for each class, or the number.</summary>
    public int Outputs => Math.Max(1, Names.Count);

    /// <summary>The smallest and the largest number of a regression; null: any.</summary>
    public (double Least, double Most)? Range { get; init; }

    /// <summary>Whether a file may give a class by its id where the names are words, as the hub's do.</summary>
    public bool TakesIds { get; init; } = true;

    /// <summary>What a label may be, for messages.</summary>
    internal string Expected => !IsRegression ? Excerpt.Of(Names)
        : Range is var (least, most) ? $"a number from {least} to {most}"
        : "a number";

    /// <summary>
    /// The scheme of training labels, as Transformers' example finds it: numbers with a fraction are regressed, all
    /// others are classes, sorted as the numbers or words that they are. Rows without a label, or with a word among
    /// numbers with a fraction, are left to <see cref="TextColumns.Read"/>.
    /// </summary>
    public static LabelScheme Of(DataTable table, int column)
    {
        var cells = table.SoundRows.Select(row => row.Cells[column]).Where(cell => !string.IsNullOrEmpty(cell.Text))
            .ToArray();
        var said = cells.Where(cell => !MissingWords.Contains(cell.Text)).ToArray();
        if (said.Any(cell => !IsNumber(cell, NumberStyles.Integer) && IsNumber(cell, NumberStyles.Float)))
        {
            return new([]);
        }

        var names = said.Length > 0 && said.All(cell => IsNumber(cell, NumberStyles.Integer))
            ? said.Select(cell => Plain(cell.Text!)).Distinct()
                .OrderBy(name => double.Parse(name, CultureInfo.InvariantCulture))
            : cells.Select(cell => cell.Text!).Distinct().Order(StringComparer.Ordinal);
        return new([.. names]) { TakesIds = false };
    }

    /// <summary>A label's id or number; null where it is neither of these classes nor a number in range.</summary>
    /// <param name="cell">The label: a class's name, or its id where the names are words.</param>
    public double? Read(DataCell cell)
    {
        if (IsRegression)
        {
            return double.TryParse(cell.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
                && double.IsFinite(number) && (Range is not var (least, most) || (number >= least && number <= most))
                ? number
                : null;
        }

        return cell.Text is null ? null
            : Place(cell.Text) is >= 0 and var named ? named
            : Place(Plain(cell.Text)) is >= 0 and var plain ? plain
            : TakesIds && int.TryParse(cell.Text, NumberStyles.None, CultureInfo.InvariantCulture, out int id)
                && id < Names.Count && !Names.All(name => int.TryParse(name, CultureInfo.InvariantCulture, out _))
            ? id
            : null;
    }

    private static bool IsNumber(DataCell cell, NumberStyles style) =>
        !cell.IsText && double.TryParse(cell.Text, style, CultureInfo.InvariantCulture, out _);

    private int Place(string name)
    {
        for (int id = 0; id < Names.Count; id++)
        {
            if (Names[id] == name)
            {
                return id;
            }
        }

        return -1;
    }

    /// <summary>A whole number as it is written most plainly; other text as it is.</summary>
    private static string Plain(string text) =>
        long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out long number)
            ? number.ToString(CultureInfo.InvariantCulture)
            : text;
}
