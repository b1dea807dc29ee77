using LoNas.Cli.Options;

namespace LoNas.Cli.Completion;

/// <summary>A shell that completes.</summary>
internal enum Shell
{
    /// <summary>GNU Bash.</summary>
    Bash,

    /// <summary>The Z shell.</summary>
    Zsh,

    /// <summary>fish.</summary>
    Fish,

    /// <summary>PowerShell, also on Windows.</summary>
    PowerShell,
}

/// <summary>The options of <c>completion</c>.</summary>
internal sealed record CompletionOptions
{
    private static readonly Dictionary<string, Shell> Shells = new(StringComparer.OrdinalIgnoreCase)
    {
        ["bash"] = Completion.Shell.Bash,
        ["zsh"] = Completion.Shell.Zsh,
        ["fish"] = Completion.Shell.Fish,
        ["PowerShell"] = Completion.Shell.PowerShell,
    };

    /// <summary>Never null once validated.</summary>
    public Shell? Shell { get; init; }

    /// <summary>The flags.</summary>
    public static OptionTable<CompletionOptions> Table { get; } =
        new OptionTable<CompletionOptions>(new CompletionOptions())
        .Group("Shell")
        .Add("shell", OptionValues.OneOf(Shells), o => o.Shell, (o, v) => o with { Shell = v },
            "the shell; --shell may be left out")
        .Operand()
        .Required();

    /// <summary>What is wrong with the values; empty when nothing is.</summary>
    public IReadOnlyList<OptionProblem> Validate() => new OptionProblems()
        .When(Shell is null, $"--shell is missing: give {string.Join(", ", Shells.Keys)}", "shell").Found;
}
