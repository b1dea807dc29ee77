using System.Text;

namespace LoNas.Cli.Options;

/// <summary>
/// Help as plain text: the program's commands, or a command's flags under their headings with defaults.
/// </summary>
internal static class HelpPage
{
    private const int Indent = 36;
    private const int Width = 110;

    /// <summary>Flags that every command takes.</summary>
    private static readonly (string Flag, string Description)[] Everywhere =
    [
        ("--help, -h", "show this help"),
        ("--version", "show the versions of the program and its libraries"),
        ("--debug", "show where a failure comes from"),
    ];

    /// <summary>The commands.</summary>
    public static string Format(IReadOnlyList<CommandDefinition> commands)
    {
        var text = new StringBuilder("LoNAS: elastic low-rank adapters for language models\n\n")
            .Append("usage: lonas COMMAND [options]\n\nCommands:\n");
        foreach (var command in commands)
        {
            AppendEntry(text, command.Name, command.Summary);
        }

        AppendEverywhere(text);
        return text.Append(
            "\nlonas help COMMAND shows the options of a command; ./lonas bench NAME runs a benchmark.\n").ToString();
    }

    /// <summary>The flags of one command.</summary>
    public static string Format<TOptions>(string name, string summary, OptionTable<TOptions> table)
    {
        var text = new StringBuilder($"usage: lonas {name} [OPTIONS.json] [options]\n\n{summary}\n\n")
            .Append("Flags are written '--name value' or '--name=value'; True and False may follow a switch.\n")
            .Append("OPTIONS.json holds an object of the same names; a flag overrides its value there.\n");
        foreach (var group in table.Specs.GroupBy(spec => spec.Group))
        {
            text.Append($"\n{group.Key}:\n");
            foreach (var spec in group)
            {
                AppendEntry(
                    text, $"--{spec.Name} {spec.Label}".TrimEnd(), spec.Description, $"[default: {spec.Default}]");
            }
        }

        AppendEverywhere(text);
        return text.ToString();
    }

    private static void AppendEverywhere(StringBuilder text)
    {
        text.Append("\nEverywhere:\n");
        foreach (var (flag, description) in Everywhere)
        {
            AppendEntry(text, flag, description);
        }
    }

    private static void AppendEntry(StringBuilder text, string term, string description, string? unbroken = null)
    {
        string head = $"  {term}";
        text.Append(head.Length + 2 <= Indent ? head.PadRight(Indent) : $"{head}\n{new string(' ', Indent)}");
        int column = Indent;
        foreach (string word in description.Split(' ').Concat(unbroken is null ? [] : [unbroken]))
        {
            if (column > Indent && column + word.Length + 1 > Width)
            {
                text.Append('\n').Append(' ', Indent);
                column = Indent;
            }

            text.Append(column > Indent ? " " : "").Append(word);
            column += word.Length + (column > Indent ? 1 : 0);
        }

        text.Append('\n');
    }
}
