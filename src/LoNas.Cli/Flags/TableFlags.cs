using LoNas.Cli.Options;

namespace LoNas.Cli.Flags;

/// <summary>How a command shows its tables; the flag is applied where options are read.</summary>
internal sealed record TableFlags
{
    public bool Exact { get; init; }

    /// <summary>The flag.</summary>
    public static void Row(OptionTable<TableFlags> table) => table
        .Add(CommandDefinition.Exact, OptionValues.Switch, o => o.Exact, (o, v) => o with { Exact = v },
            "show all digits of numbers, where tables round them to fit into a narrow terminal");
}
