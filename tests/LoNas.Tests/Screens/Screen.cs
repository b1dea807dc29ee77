using System.Text.RegularExpressions;
using LoNas.Cli;
using LoNas.Cli.Output;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;

namespace LoNas.Tests.Screens;

/// <summary>
/// What a line of the program leaves on a terminal of a width, and the screens that are recorded of it. With the
/// variable LONAS_RECORD_SCREENS the tests write them anew.
/// </summary>
internal sealed partial record Screen(int ExitCode, int Longest, IReadOnlyList<string> Rows)
{
    private const string Record = "LONAS_RECORD_SCREENS";

    /// <summary>Runs a line; no time passes while it runs.</summary>
    public static Screen Of(int columns, params string[] args)
    {
        using var terminal = new StringWriter();
        var console = new ConsoleReporter(terminal, terminal, terminal: true, clock: new StandingClock())
        {
            Width = columns,
        };
        int code = Program.Run(args, console, CliRun.CommandsOf(args), CancellationToken.None);
        var rows = TerminalRows.Of(terminal.ToString());
        return new Screen(code, rows.Longest, [.. rows.Rows]);
    }

    /// <summary>Compares with what is recorded under a name and a width.</summary>
    public void IsAsRecorded(string name, int columns, string folder)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "screens are recorded with paths of Unix");
        var text = Masked(string.Join('\n', Rows).TrimEnd(), folder) + "\n";
        var path = Path.Combine(
            Repository.Root, "tests", "LoNas.Tests", "Screens", "recorded", $"{name}.{columns}.txt");
        if (!string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Record)))
        {
            File.WriteAllText(path, text);
        }

        Assert.True(File.Exists(path), $"{path} is missing; record it with {Record}=1");
        Assert.Equal(File.ReadAllText(path).ReplaceLineEndings("\n"), text);
    }

    /// <summary>
    /// What another run or machine shows otherwise; what may be broken into lines keeps its number of columns.
    /// </summary>
    private static string Masked(string text, string folder)
    {
        text = text.Replace(folder, ScreenFolder.Shown, StringComparison.Ordinal)
            .Replace(Path.GetFileName(folder), Path.GetFileName(ScreenFolder.Shown), StringComparison.Ordinal);
        text = Samples().Replace(Called().Replace(text, "  ./lonas "), "samples/");
        text = Speed().Replace(text, speed => speed.Result("$1") is { Length: > 0 }
            ? "tokens/s: 123.4" : "123.4".PadLeft(Math.Max(speed.Length, " 123.4".Length)));
        text = Adapter().Replace(text, "lonas-run-OF-A-TEST");
        return Memory().Replace(text, "about 0.0 GiB");
    }

    /// <summary>Tokens a second, in the last column or under its name.</summary>
    [GeneratedRegex(@"(?<=│) +\d+\.\d(?= │$)|(tokens/s:) +\d+\.\d$", RegexOptions.Multiline)]
    private static partial Regex Speed();

    /// <summary>How the program is called in a line to be copied: here it is the tests' own.</summary>
    [GeneratedRegex(@"^  (?:\S*(?:dotnet|lonas)\S* )+(?=\S+ --)", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex Called();

    /// <summary>The program's own samples, which lie beside it.</summary>
    [GeneratedRegex(@"(?<= )\S*/samples/")]
    private static partial Regex Samples();

    /// <summary>The folder of the adapter that a search of a test begins with.</summary>
    [GeneratedRegex("lonas-run-[A-Za-z0-9]+")]
    private static partial Regex Adapter();

    /// <summary>What a training needs, by the machine's processor and heap.</summary>
    [GeneratedRegex(@"about \d+\.\d [GM]iB")]
    private static partial Regex Memory();

    /// <summary>A clock that stands still.</summary>
    private sealed class StandingClock : TimeProvider
    {
        public override long GetTimestamp() => 0;
    }
}
