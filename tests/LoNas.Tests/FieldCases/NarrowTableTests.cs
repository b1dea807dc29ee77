using LoNas.Cli.Output;
using LoNas.Tests.Screens;
using LoNas.Tests.Support;

namespace LoNas.Tests.FieldCases;

/// <summary>Tables of results in terminals of any width.</summary>
public sealed class NarrowTableTests
{
    private static readonly string[] Headings = ["set", "accuracy", "records"];

    private static readonly string[][] Rows =
        [["social_i_qa", "76.2 %", "1,954"], ["openbookqa", "100.0 %", "500"], ["average", "88.1 %", ""]];

    [Theory]
    [InlineData(9)]
    [InlineData(12)]
    [InlineData(20)]
    [InlineData(30)]
    [InlineData(36)]
    [InlineData(40)]
    [InlineData(80)]
    [InlineData(200)]
    public void Table_AnyWidth_KeepsNumbersWhole(int width)
    {
        var lines = Written(width, terminal: true);

        Assert.All(["76.2", "1,954", "100.0", "500", "88.1"], number =>
            Assert.Contains(lines, line => line.Split(' ', '│').Contains(number)));
        Assert.DoesNotContain(lines, line => line.Contains('…'));
        Assert.All(lines, line => Assert.InRange(line.Length, 0, Math.Max(width, "social_i_qa".Length)));
    }

    [Fact]
    public void Table_NarrowTerminal_StacksRows() => Assert.Equal(
        [
            "social_i_qa", "  accuracy: 76.2 %", "  records: 1,954", "openbookqa", "  accuracy: 100.0 %",
            "  records: 500", "average", "  accuracy: 88.1 %",
        ],
        Written(29, terminal: true));

    [Fact]
    public void Table_NoRoomForBorders_LeavesThemOut() => Assert.Equal(
        [
            "set          accuracy  records",
            "social_i_qa    76.2 %    1,954",
            "openbookqa    100.0 %      500",
            "average        88.1 %",
        ],
        Written(30, terminal: true));

    /// <summary>At any width each number is there, whole, and the published ones say what it is.</summary>
    [Theory]
    [InlineData(40, false)]
    [InlineData(80, false)]
    [InlineData(80, true)]
    [InlineData(120, false)]
    public void Inspect_Llama7b_ShowsPublishedNumbersWhole(int columns, bool exact)
    {
        string[] line =
        [
            "inspect", "--model_name_or_path",
            SharedData.Path("field-cases", "inspect-80-columns", "l7", "config.json"), "--nncf_config",
            Path.Combine(Repository.Root, "configs", "unified_math", "nncf_lonas_llama_7b.json"),
        ];

        var screen = Screen.Of(columns, exact ? [.. line, "--exact"] : line);

        Assert.Equal(0, screen.ExitCode);
        var words = screen.Rows.SelectMany(row => row.Split(' ', '│')).ToHashSet();
        string[] published = columns == 80 && !exact
            ? ["1.7097T", "1.4305T", "6.6786G", "5.5881G"]
            : ["1,709,732,528,128", "1,430,542,876,672", "6,678,642,688", "5,588,058,112"];
        Assert.All(published, number => Assert.Contains(number, words));
        RecordedScreenTests.RowsFit(screen, columns);
    }

    /// <summary>A file has no width.</summary>
    [Fact]
    public void Table_WideRowInAFile_IsWhole()
    {
        using var output = new StringWriter();
        var cell = new string('7', 300);

        new ConsoleReporter(output, output).Table(null, ["what", "number"], [["a", cell]]);

        Assert.Contains($"| {cell} |", output.ToString(), StringComparison.Ordinal);
    }

    private static string[] Written(int width, bool terminal)
    {
        using var output = new StringWriter();
        new ConsoleReporter(output, output, terminal) { Width = width }.Table(null, Headings, Rows);
        return [.. output.ToString().TrimEnd().Split('\n').Select(line => line.TrimEnd())];
    }
}
