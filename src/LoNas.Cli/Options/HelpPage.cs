namespace LoNas.Cli.Options;

/// <summary>
/// Help as plain text: the program's commands, or a command's flags under their headings with defaults.
/// </summary>
internal static class HelpPage
{
    /// <summary>Columns where there is no terminal that has some.</summary>
    public const int UsualWidth = 100;

    /// <summary>Flags that every command takes.</summary>
    private static readonly (string Flag, string Description)[] Everywhere =
    [
        ("--help, -h", "show this help"),
        ("--version", "show the versions of the program and its libraries"),
        ("--debug", "show where a failure comes from"),
    ];

    /// <summary>The commands.</summary>
    /// <param name="commands">The commands.</param>
    /// <param name="width">Columns that there are.</param>
    public static string Format(IReadOnlyList<CommandDefinition> commands, int width)
    {
        int longest = commands.Select(command => command.Name).Concat(Everywhere.Select(entry => entry.Flag))
            .Max(term => term.Length);
        var page = new HelpLayout(width, longest)
            .Paragraph("LoNAS: elastic low-rank adapters for language models").Space()
            .Paragraph("usage: lonas COMMAND [options]").Space().Paragraph("Commands:");
        foreach (var command in commands)
        {
            page.Entry(command.Name, command.Summary);
        }

        return AddEverywhere(page).Space().Paragraph(
            "lonas help COMMAND shows the options of a command and examples; in a clone ./lonas bench NAME runs a "
            + "benchmark.").ToString();
    }

    /// <summary>The flags of one command.</summary>
    public static string Format<TOptions>(
        string name, string summary, OptionTable<TOptions> table, IReadOnlyList<CommandExample> examples, int width)
    {
        var operands = string.Concat(table.Specs.Where(spec => spec.IsOperand).Select(spec => $"{spec.Label} "));
        var page = new HelpLayout(width)
            .Paragraph($"usage: lonas {name} {operands}[OPTIONS.json] [options]", hanging: 7)
            .Space().Paragraph(summary).Space()
            .Paragraph("Flags are written '--name value' or '--name=value'; True and False may follow a switch, which "
                + "is off unless given, or unless its default says True. OPTIONS.json holds an object of the same "
                + "names; a flag overrides its value there.");
        foreach (var group in table.Specs.GroupBy(spec => spec.Group))
        {
            page.Space().Paragraph($"{group.Key}:", hanging: 2);
            foreach (var spec in group)
            {
                page.Entry($"--{spec.Name} {spec.Label}".TrimEnd(), spec.Description, Notes(spec));
            }
        }

        return AddExamples(AddEverywhere(page), examples).ToString();
    }

    private static IEnumerable<string> Notes<TOptions>(OptionSpec<TOptions> spec)
    {
        if (spec.OtherNames.Count > 0)
        {
            yield return $"[also {string.Join(", ", spec.OtherNames.Select(name => $"--{name}"))}]";
        }

        if (spec.IsRequired)
        {
            yield return "[required]";
        }
        else if (spec.Default is { } otherwise)
        {
            yield return $"[default: {otherwise}]";
        }
    }

    private static HelpLayout AddEverywhere(HelpLayout page)
    {
        page.Space().Paragraph("Everywhere:");
        foreach (var (flag, description) in Everywhere)
        {
            page.Entry(flag, description);
        }

        return page;
    }

    private static HelpLayout AddExamples(HelpLayout page, IReadOnlyList<CommandExample> examples)
    {
        if (examples.Count > 0)
        {
            page.Space().Paragraph("Examples:");
        }

        foreach (var example in examples)
        {
            page.Paragraph($"{example.Purpose}:", indent: 2).Command(example.Line);
        }

        return page;
    }
}
