using System.Text.RegularExpressions;

namespace LoNas.Cli.Output;

/// <summary>A command line as it can be copied into a shell.</summary>
internal static partial class ShellLine
{
    /// <summary>The words with quotes around those that the shell would change.</summary>
    public static string Of(IEnumerable<string> words) => string.Join(' ', words.Select(Quoted));

    private static string Quoted(string word) => Plain().IsMatch(word) ? word
        : OperatingSystem.IsWindows() ? $"\"{word.Replace("\"", "\\\"", StringComparison.Ordinal)}\""
        : $"'{word.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    [GeneratedRegex(@"^[\w@%+=:,./-]+\z")]
    private static partial Regex PosixPlain();

    [GeneratedRegex(@"^[\w@+=:./\\-]+\z")]
    private static partial Regex WindowsPlain();

    private static Regex Plain() => OperatingSystem.IsWindows() ? WindowsPlain() : PosixPlain();
}
