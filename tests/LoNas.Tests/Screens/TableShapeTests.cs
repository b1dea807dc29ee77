using System.Globalization;
using System.Text.RegularExpressions;
using LoNas.Cli.Output;

namespace LoNas.Tests.Screens;

/// <summary>What holds for tables, text and bars of any content on terminals of any width.</summary>
public sealed partial class TableShapeTests
{
    private static readonly string[] Words = ["", "share", "of", "gate_proj", "76.2 %", "12.5", "MACs of a sample"];

    /// <summary>A number as tables show it, exact or rounded: whole, and nothing of it in another line.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Table_AnyCells_ShowsEveryNumberWholeAndToFiveDigits(bool exact)
    {
        var random = new Random(17);
        foreach (int width in Enumerable.Range(10, 150))
        {
            int columns = random.Next(2, 7);
            string[] headings = [.. Enumerable.Range(0, columns).Select(column => $"{Word(random)} c{column}".Trim())];
            long[][] numbers = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ =>
                Enumerable.Range(1, columns - 1).Select(_ => Number(random)).ToArray())];

            var lines = Shown(width, exact, headings, numbers.Index().Select(row => (IReadOnlyList<string>)
                [$"row{row.Index}", .. row.Item.Select(Exact)]));

            double[] shown = [.. lines.Skip(IsStacked(lines) ? 0 : 1).SelectMany(line => NumberInATable().Matches(line))
                .Select(match => Parsed(match.Value))];
            double[] expected = [.. numbers.SelectMany(row => row).Select(number => (double)number)];
            Assert.Equal(expected.Length, shown.Length);
            Assert.All(expected.Zip(shown), pair =>
                Assert.InRange(pair.Second, pair.First - Tolerance(pair.First), pair.First + Tolerance(pair.First)));
            Assert.All(lines, line => Assert.True(Fits(line, width), $"{width}: {line}"));
        }

        double Tolerance(double number) => exact ? 0 : Math.Abs(number) * 5.01e-5;
    }

    /// <summary>Rounded by hand.</summary>
    [Theory]
    [InlineData("1,709,732,528,128", "1.7097T")]
    [InlineData("6,809,980,928", "6.8100G")]
    [InlineData("71,565,312", "71.565M")]
    [InlineData("318,767,104", "318.77M")]
    [InlineData("1,344,640", "1.3446M")]
    [InlineData("999,999,999", "1.0000G")]
    [InlineData("999,994,999", "999.99M")]
    [InlineData("-12,345,678", "-12.346M")]
    [InlineData("9,223,372,036,854,775,807", "9.2234E")]
    [InlineData("-9,223,372,036,854,775,808", "-9.2234E")]
    [InlineData("100,000", "100,000")]
    [InlineData("65,536", "65,536")]
    [InlineData("512", "512")]
    [InlineData("76.2 %", "76.2 %")]
    [InlineData("11008, 9632", "11008, 9632")]
    [InlineData("1,709,732,528,1", "1,709,732,528,1")]
    [InlineData("", "")]
    public void Of_Number_HasFiveDigitsWhereThatIsShorter(string exact, string shown) =>
        Assert.Equal(shown, ShortNumber.Of(exact));

    [Fact]
    public void Of_AnyText_KeepsEveryWordWholeAndInOrder()
    {
        var random = new Random(23);
        string[] words =
        [
            "the", "configuration", "--per_device_train_batch_size", "'/a folder/with spaces/x.json'", "(so", "to)",
            "it's", "models'", "'a", "b'", "'no-path'", "q_proj,k_proj,v_proj,up_proj,gate_proj,down_proj",
            "1,709,732,528,128",
        ];
        foreach (int width in Enumerable.Range(1, 130))
        {
            var text = "  - " + string.Join(' ', Enumerable.Range(0, 30).Select(_ => words[random.Next(words.Length)]));

            string[] lines = WrappedText.Of(text, width).Split('\n');

            Assert.Equal(text, "  " + string.Join(' ', lines.Select(line => line.Trim())));
            Assert.All(words.Where(text.Contains), word => Assert.Contains(lines, line => line.Contains(word)));
            Assert.All(lines.Skip(1), line => Assert.StartsWith("    ", line, StringComparison.Ordinal));
            Assert.All(lines, line => Assert.True(Fits(line, width), $"{width}: {line}"));
        }
    }

    /// <summary>What has room, and what has lines of its own, stays as it is.</summary>
    [Theory]
    [InlineData("", "")]
    [InlineData("    64 to 79      8 ####", "    64 to 79      8 ####")]
    [InlineData("one two three four five six seven", "one two three four five\n  six seven")]
    [InlineData("first line\n  - a second line, which is long", "first line\n  - a second line, which\n    is long")]
    [InlineData("accuracy of 1954 is 76.2 % here", "accuracy of 1954 is\n  76.2 % here")]
    [InlineData("日本語の名前を持つモデル のための フォルダ", "日本語の名前を持つモデル\n  のための フォルダ")]
    public void Of_Text_BreaksBetweenWords(string text, string expected) =>
        Assert.Equal(expected, WrappedText.Of(text, 25));

    [Theory]
    [InlineData("training 12/500, 3.2/s, 2:33 left, loss 1.2345", 40, "training 12/500, 3.2/s, 2:33 left")]
    [InlineData("training 12/500, 3.2/s, 2:33 left, loss 1.2345", 20, "training 12/500")]
    [InlineData("training 12/500, 3.2/s", 10, "training")]
    [InlineData("training 12/500, 3.2/s", 3, "")]
    public void Fitting_LongText_LosesWholeParts(string text, int room, string shown) =>
        Assert.Equal(shown, LiveBar.Fitting(text, room));

    [Theory]
    [InlineData(20)]
    [InlineData(40)]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(120)]
    public void StartBar_NarrowTerminal_TakesOneLineOfIt(int columns)
    {
        using var output = new StringWriter();
        var console = new ConsoleReporter(output, output, terminal: true) { Width = columns };
        using (var bar = console.StartBar("training", 5000))
        {
            bar.Update(1234, "loss 1.2345, and more that is told beside it");
            Thread.Sleep(300); // a bar is drawn by a clock of its own
            console.Line("a line above");
            console.Verbatim("a command " + new string('x', 200));
        }

        var rows = TerminalRows.Of(output.ToString().Replace(new string('x', 200), "x", StringComparison.Ordinal));
        Assert.InRange(rows.Longest, 8, columns);
        Assert.Contains("a line above", rows.Rows);
        Assert.Contains($"a command {new string('x', 200)}\n", output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain('…', output.ToString());
    }

    private static string Exact(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Word(Random random) => Words[random.Next(Words.Length - 3)];

    private static long Number(Random random) => (long)Math.Pow(10, random.NextDouble() * 15);

    private static bool IsStacked(string[] lines) => lines[0] == "row0";

    private static string[] Shown(
        int width, bool exact, string[] headings, IEnumerable<IReadOnlyList<string>> rows)
    {
        using var output = new StringWriter();
        new ConsoleReporter(output, output, terminal: true) { Width = width, Exact = exact }
            .Table(null, headings, rows);
        return [.. output.ToString().TrimEnd().Split('\n').TakeWhile(line => !line.StartsWith('('))];
    }

    private static bool Fits(string line, int width) => WrappedText.ColumnsOf(line) <= width
        || !line.Trim().Contains(' ', StringComparison.Ordinal)
        || line.Trim() == "'/a folder/with spaces/x.json'";

    private static double Parsed(string text) =>
        "kMGTPE".IndexOf(text[^1], StringComparison.Ordinal) is var unit and >= 0
        ? double.Parse(text[..^1], CultureInfo.InvariantCulture) * Math.Pow(1000, unit + 1)
        : double.Parse(text, NumberStyles.Number, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(?<![\w.,])\d[\d,]*(\.\d+)?[kMGTPE]?(?![\w.,])")]
    private static partial Regex NumberInATable();
}
