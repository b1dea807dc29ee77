using LoNas.Cli.Output;

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
        Written(30, terminal: true));

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
