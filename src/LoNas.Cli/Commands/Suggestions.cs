using System.CommandLine;
using System.CommandLine.Parsing;
using LoNas.Cli.Options;

namespace LoNas.Cli.Commands;

/// <summary>
/// What may stand next in a line, for shells: System.CommandLine's <c>[suggest]</c>, which its <c>dotnet-suggest</c>
/// asks for too. Its own answer takes a flag for the value of the one before it, so that it is asked about the end of
/// the line alone.
/// </summary>
internal static class Suggestions
{
    private const string HelpCommand = "help";

    /// <summary>The line that is to be completed, up to the cursor; null where none is.</summary>
    public static string? LineOf(string[] args)
    {
        if (args is not [var directive, var line] || !directive.StartsWith("[suggest", StringComparison.Ordinal))
        {
            return null;
        }

        return int.TryParse(directive["[suggest".Length..].Trim(':', ']'), out int cursor)
            ? line[..Math.Clamp(cursor, 0, line.Length)].PadRight(Math.Max(0, cursor))
            : line;
    }

    /// <summary>What the last word of a line may be.</summary>
    /// <param name="line">The line up to the cursor, the program's name first.</param>
    /// <param name="root">The parser's view of the commands.</param>
    /// <param name="commands">The commands.</param>
    public static IEnumerable<string> Of(string line, RootCommand root, IReadOnlyList<CommandDefinition> commands)
    {
        List<string> words = [.. CommandLineParser.SplitCommandLine(line).Skip(1)];
        var last = line.Length == 0 || char.IsWhiteSpace(line[^1]) ? "" : words.LastOrDefault() ?? "";
        if (last.Length > 0)
        {
            words.RemoveAt(words.Count - 1);
        }

        if (words is [HelpCommand, ..])
        {
            words.RemoveAt(0);
        }

        if (commands.FirstOrDefault(entry => IsOf(entry, words)) is { } command)
        {
            return OfCommand(last, words[command.Name.Split(' ').Length..], command, root);
        }

        var before = string.Concat(words.Select(word => $"{word} "));
        return commands.Select(entry => entry.Name).Append(HelpCommand)
            .Where(name => name.StartsWith(before, StringComparison.Ordinal))
            .Select(name => name[before.Length..].Split(' ')[0])
            .Concat(words.Count == 0 && last.StartsWith('-') ? root.Options.Select(option => option.Name) : [])
            .Where(name => name.StartsWith(last, StringComparison.Ordinal)).Distinct();
    }

    private static bool IsOf(CommandDefinition command, List<string> words) =>
        command.Name.Split(' ') is var name && words.Take(name.Length).SequenceEqual(name);

    private static IEnumerable<string> OfCommand(
        string last, IEnumerable<string> given, CommandDefinition command, RootCommand root)
    {
        int equals = IsFlag(last) ? last.IndexOf('=') : -1;
        if (equals > 0)
        {
            return Ask(root, $"{command.Word} {last[..equals]} ").Select(value => $"{last[..equals]}={value}")
                .Where(value => value.StartsWith(last, StringComparison.OrdinalIgnoreCase));
        }

        var flag = given.LastOrDefault() is { } before && IsFlag(before) && !last.StartsWith('-') ? before : "";
        string[] found = [.. Ask(root, $"{command.Word} {flag}".TrimEnd() + " ")
            .Where(text => text.StartsWith(last, StringComparison.OrdinalIgnoreCase))];
        return new Func<string, bool>[] { text => last.Length == 0 && text[0] != '-', IsFirstName, _ => true }
            .Select(isMeant => found.Where(isMeant)).FirstOrDefault(some => some.Any()) ?? [];

        bool IsFirstName(string text) => text[0] != '-' || root.Options
            .Concat(root.Subcommands.Single(entry => entry.Name == command.Word).Options)
            .Any(option => option.Name == text);
    }

    private static bool IsFlag(string word) => word.StartsWith("--", StringComparison.Ordinal);

    private static IEnumerable<string> Ask(RootCommand root, string line) =>
        root.Parse(line).GetCompletions(line.Length).Select(item => item.InsertText ?? item.Label);
}
