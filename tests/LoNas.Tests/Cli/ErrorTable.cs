using System.Globalization;
using System.Text.RegularExpressions;
using LoNas.Tests.Support;

namespace LoNas.Tests.Cli;

/// <summary>The table of docs/errors.md, which runs of the program are held against.</summary>
internal static partial class ErrorTable
{
    /// <summary>What is wrong, the messages that may be given, and the exit code of each row.</summary>
    public static IEnumerable<(string Name, string[] Messages, int Code)> Rows() =>
        from line in File.ReadLines(Path.Combine(Repository.Root, "docs", "errors.md"))
            .SkipWhile(line => !line.StartsWith("## The messages", StringComparison.Ordinal))
        let cells = line.Split(" | ", 2)
        where cells.Length == 2 && line.StartsWith("| ", StringComparison.Ordinal) && !cells[0].Contains("---")
            && cells[0] != "| what is wrong"
        let code = CodeOf().Match(cells[1])
        select (
            cells[0][2..].Trim(),
            Message().Matches(cells[1]).Select(match => match.Groups[1].Value).ToArray(),
            code.Success ? int.Parse(code.Groups[1].Value, CultureInfo.InvariantCulture) : 2);

    /// <summary>Checks that a run ended as a row says, with one of its messages.</summary>
    public static void Require(string name, int exitCode, string error)
    {
        var row = Assert.Single(Rows(), row => row.Name == name);
        Assert.Equal(row.Code, exitCode);
        Assert.Matches(exitCode == 0 ? "^warning: " : "(?m)^error: ", error);
        Assert.True(
            row.Messages.Any(message => Pattern(message).IsMatch(error)),
            $"{error}\nis none of\n{string.Join('\n', row.Messages)}");
    }

    /// <summary>
    /// The fixed words of a message: names, numbers and what <c>...</c> stands for are the example's own.
    /// </summary>
    private static Regex Pattern(string message) => new(
        Example().Replace(Regex.Escape(message), ".*?"), RegexOptions.Singleline);

    [GeneratedRegex("``(.+?)``")]
    private static partial Regex Message();

    [GeneratedRegex(@"exit code (\d+)")]
    private static partial Regex CodeOf();

    [GeneratedRegex(@"(?<![a-z])'[^']*'(?!s)|\\\([^()]*\\ was\\ [^()]*\\\)"
        + @"|[KMG]iB|\\\.\\\.\\\.|-?[0-9]+(\\\.[0-9]+)?|\\\[[^\]]*\]")]
    private static partial Regex Example();
}
