using System.Text.Json.Nodes;

namespace LoNas.Cli.Options;

/// <summary>One flag of a command: a row of its option table.</summary>
internal sealed record OptionSpec<TOptions>
{
    /// <summary>The name without dashes; also the key in an options file.</summary>
    public required string Name { get; init; }

    /// <summary>Names that it had before, or has elsewhere; help and messages say the first.</summary>
    public IReadOnlyList<string> OtherNames { get; init; } = [];

    /// <summary>The heading under which the help lists it.</summary>
    public required string Group { get; init; }

    /// <summary>What its value looks like.</summary>
    public required OptionShape Shape { get; init; }

    /// <summary>The place holder of the value in the help.</summary>
    public required string Label { get; init; }

    public required string Description { get; init; }

    /// <summary>The default as the help states it; null where there is nothing to say of one.</summary>
    public string? Default { get; init; }

    /// <summary>Whether the command does nothing without it; a default is then none.</summary>
    public bool IsRequired { get; init; }

    /// <summary>Whether its value may stand without its name, the only one that does.</summary>
    public bool IsOperand { get; init; }

    /// <summary>All values that it takes; empty where they can't be listed.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>The options with this one set from text; throws <see cref="FormatException"/> on a bad value.</summary>
    public required Func<TOptions, string, TOptions> Apply { get; init; }

    /// <summary>The present value as JSON.</summary>
    public required Func<TOptions, JsonNode?> Read { get; init; }

    /// <summary>The same flag of options that these are a part of.</summary>
    /// <param name="read">Gets the part out of the whole.</param>
    /// <param name="write">Puts it back.</param>
    public OptionSpec<TWhole> Within<TWhole>(Func<TWhole, TOptions> read, Func<TWhole, TOptions, TWhole> write) => new()
    {
        Name = Name,
        OtherNames = OtherNames,
        Group = Group,
        Shape = Shape,
        Label = Label,
        Description = Description,
        Default = Default,
        IsRequired = IsRequired,
        IsOperand = IsOperand,
        Choices = Choices,
        Apply = (whole, text) => write(whole, Apply(read(whole), text)),
        Read = whole => Read(read(whole)),
    };
}
