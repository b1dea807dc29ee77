using System.Diagnostics;
using System.Globalization;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;

namespace LoNas.Tests.Screens;

/// <summary>The program in a terminal that the system makes, which says how wide it is.</summary>
public sealed class PseudoTerminalTests : IDisposable
{
    private const string Exact = "1,709,732,528,128";

    private readonly TemporaryFolder _folder = new();

    private string Inspect => $"inspect --model_name_or_path {Model()} --nncf_config '{Path.Combine(
        Repository.Root, "configs", "unified_math", "nncf_lonas_llama_7b.json")}'";

    [Theory]
    [InlineData(40, "", "  MACs: 1,709,732,528,128")]
    [InlineData(80, "", "│ maximal     │    6.8100G │ 1.7097T │ 6.6786G │            71.565M │")]
    [InlineData(80, "--exact", "maximal      6,809,980,928  1,709,732,528,128  6,678,642,688          71,565,312")]
    [InlineData(120, "", "│ maximal     │ 6,809,980,928 │ 1,709,732,528,128 │ 6,678,642,688 │         71,565,312 │")]
    public void Inspect_Columns_AreTheTerminals(int columns, string more, string expected)
    {
        string[] rows = Shown(columns, $"{Inspect} {more}");

        Assert.Contains(expected, rows);
        // Words that are longer than the row stay whole, and so does the command that comes next.
        Assert.All(rows, row => Assert.True(
            row.Length <= columns || !row.Trim().Contains(' ', StringComparison.Ordinal)
                || row.Contains(" run-math --", StringComparison.Ordinal), row));
    }

    /// <summary>As in other tools, COLUMNS says it for a terminal and changes nothing in a pipe.</summary>
    [Fact]
    public void Inspect_ColumnsVariable_IsHeededOnATerminalOnly()
    {
        Assert.Contains(Shown(80, Inspect, "COLUMNS=120"), row => row.Contains(Exact, StringComparison.Ordinal));
        Assert.DoesNotContain(Shown(120, Inspect, "COLUMNS=80"), row => row.Contains(Exact, StringComparison.Ordinal));
        Assert.Contains(Shown(120, Inspect, "COLUMNS=wide"), row => row.Contains(Exact, StringComparison.Ordinal));
        Assert.Contains(Shown(40, $"{Inspect} | cat"), row => row.Contains($"| {Exact} |", StringComparison.Ordinal));
    }

    /// <summary>Errors have the terminal's width though results go to a file.</summary>
    [Fact]
    public void Error_ResultsInAFile_IsWrapped()
    {
        string[] rows = Shown(40, "run-math --do_train --cutoff_len many >/dev/null");

        Assert.Contains("  - --cutoff_len is 'many'; expected a", rows);
        Assert.All(rows, row => Assert.InRange(row.Length, 0, 40));
    }

    /// <summary>A pane without room for a bar is no reason to wait.</summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 24)]
    [InlineData(8, 24)]
    [InlineData(80, 1)]
    public void Evaluate_TinyTerminal_Ends(int columns, int rows) => Assert.Contains(
        Shown(columns, "evaluate --model_name_or_path samples/model --tasks samples/word_problems.json --limit 2 "
            + "--max_new_tokens 2 --num_beams 1 --threads 1; echo code $?", rows: rows),
        row => row.Contains("code 0", StringComparison.Ordinal));

    public void Dispose() => _folder.Dispose();

    private string Model()
    {
        File.WriteAllText(_folder.Path("config.json"), PublishedConfigs.Llama7b);
        return _folder.Path("config.json");
    }

    private static string[] Shown(int columns, string line, string environment = "", int rows = 50)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/usr/bin/script"), "needs util-linux's script");
        var start = new ProcessStartInfo("/usr/bin/script")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Repository.Root,
        };
        var command = string.Create(CultureInfo.InvariantCulture,
            $"stty cols {columns} rows {rows}; {environment} '{CliProcess.Host}' '{CliProcess.Program}' {line}");
        foreach (var argument in new[] { "-q", "-e", "-c", command, "/dev/null" })
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment.Remove("COLUMNS");
        start.Environment["TERM"] = "xterm";
        start.Environment["NO_COLOR"] = "1";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        Assert.True(process.WaitForExit(60_000), "the terminal does not end");
        return [.. TerminalRows.Of(output.Result).Rows];
    }
}
