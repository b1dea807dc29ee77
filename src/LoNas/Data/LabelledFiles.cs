using System.Globalization;
using System.Text;
using LoNas.Opening;
using LoNas.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LoNas.Data;

/// <summary>The texts of a user's own files for a classifier: CSV, TSV, JSON, JSON Lines or Parquet.</summary>
public sealed record LabelledFiles
{
    /// <summary>So many classes of whole numbers may be meant as a scale.</summary>
    private const int ManyNumbers = 20;

    /// <summary>What the labels mean.</summary>
    public required LabelScheme Scheme { get; init; }

    /// <summary>The training texts; empty without such a file. All have labels.</summary>
    public IReadOnlyList<LabelledText> Training { get; private init; } = [];

    /// <summary>The validation texts; empty without such a file. All have labels.</summary>
    public IReadOnlyList<LabelledText> Validation { get; private init; } = [];

    /// <summary>The test texts; empty without such a file. They may lack labels.</summary>
    public IReadOnlyList<LabelledText> Test { get; private init; } = [];

    /// <summary>
    /// Reads the files. The first that is given, training before validation before test, says which columns hold the
    /// texts; training labels say what labels mean unless the caller does.
    /// </summary>
    /// <param name="training">The training file; null: none.</param>
    /// <param name="validation">The validation file; null: none.</param>
    /// <param name="test">The test file; null: none.</param>
    /// <param name="encoding">The encoding of text, as <see cref="TextInput.Find"/> gives it; null: UTF-8.</param>
    /// <param name="scheme">The classes in the order of their ids, as a trained model has them.</param>
    /// <param name="logger">Takes what the user should know of columns and labels.</param>
    /// <exception cref="ArgumentException">There is no file, or nothing that says what labels mean.</exception>
    /// <exception cref="InvalidDataException">
    /// A file is missing or damaged, lacks a column, or has bad rows, of which the first five are listed; or all
    /// training labels are the same.
    /// </exception>
    public static LabelledFiles Load(
        string? training, string? validation, string? test, Encoding? encoding = null, LabelScheme? scheme = null,
        ILogger? logger = null)
    {
        logger ??= NullLogger.Instance;
        var tables = new[] { training, validation, test }
            .Select(path => path is null ? null : TableFile.Load(path, encoding)).ToArray();
        var leading = tables.FirstOrDefault(table => table is not null)
            ?? throw new ArgumentException("There is no data set; expected a file for training, validation or test");
        foreach (var table in tables.OfType<DataTable>())
        {
            TextColumns.RequireRows(table);
        }

        var columns = TextColumns.Of(leading);
        Tell(leading, columns, logger);
        scheme ??= tables[0] is { } learned ? Found(learned, logger) : throw new ArgumentException(
            "There is no training data set, and nothing else says what labels mean; expected a training file, or the "
            + "classes of a trained model");
        columns = columns with { Label = "label" };
        var texts = tables.Select((table, place) =>
            table is null ? [] : columns.Read(table, scheme, needsLabels: place < 2)).ToArray();
        foreach (var (table, found) in tables.Zip(texts).Where(pair => pair.First is not null))
        {
            TellEmpty(table!, found, logger);
        }

        return new LabelledFiles
        {
            Scheme = tables[0] is null || scheme.Outputs > 1 || scheme.IsRegression ? scheme
                : throw new InvalidDataException(
                    $"The data set '{training}' has the label '{scheme.Names[0]}' in every row; expected two classes "
                    + "or more"),
            Training = texts[0],
            Validation = texts[1],
            Test = texts[2],
        };
    }

    private static LabelScheme Found(DataTable table, ILogger logger)
    {
        int column = table.Require("label");
        var scheme = LabelScheme.Of(table, column);
        var labels = table.SoundRows.Select(row => row.Cells[column].Text).OfType<string>();
        if (scheme.IsRegression && labels.All(label => scheme.Read(new(label, false)) is { } number
            && double.IsInteger(number)))
        {
            logger.Warn($"Every label of '{table.Path}' is a whole number written as a fraction, such as "
                + $"{labels.FirstOrDefault()}, so that they are regressed; write them without it for classes");
        }

        string[] words = [.. scheme.Names.Where(name => !long.TryParse(name, CultureInfo.InvariantCulture, out _))];
        if (words.Length == 0 && scheme.Names.Count > ManyNumbers)
        {
            logger.Warn($"The labels of '{table.Path}' are whole numbers, so they are {scheme.Names.Count} classes; "
                + "write them with a fraction, such as 3.0, to have them regressed");
        }

        if (words.Length > 0 && words.Length < scheme.Names.Count)
        {
            logger.Warn($"The labels of '{table.Path}' are whole numbers and words, such as '{Excerpt.Of(words[0])}', "
                + "and all of them are classes");
        }

        foreach (var alike in scheme.Names.GroupBy(name => name.Trim().ToUpperInvariant())
            .Where(names => names.Count() > 1))
        {
            logger.Warn($"The labels '{string.Join("', '", alike)}' of '{table.Path}' differ in case or spaces alone, "
                + "and are classes of their own");
        }

        return scheme;
    }

    private static void Tell(DataTable table, TextColumns columns, ILogger logger)
    {
        string[] others = [.. table.Columns.Except(["label", columns.First, columns.Second ?? columns.First])];
        if (others.Length > 0)
        {
            logger.Warn($"Of '{table.Path}' the text is '{columns.First}'"
                + (columns.Second is null ? "" : $" with '{columns.Second}'")
                + $"; not used: '{string.Join("', '", others)}'");
        }
    }

    private static void TellEmpty(DataTable table, IReadOnlyList<LabelledText> texts, ILogger logger)
    {
        var empty = texts.Index().Where(each => each.Item.First.Length == 0 || each.Item.Second is "").ToArray();
        if (empty.Length > 0)
        {
            logger.Warn($"{empty.Length} of {texts.Count} rows of '{table.Path}' have an empty text, the first in "
                + $"{table.Rows[empty[0].Index].Place}");
        }
    }
}
