using System.CommandLine;
using System.CommandLine.Parsing;
using LoNas.Cli.Output;

namespace LoNas.Cli.Options;

/// <summary>A command of the program.</summary>
/// <param name="Name">What the user types: a word, or two with a space.</param>
/// <param name="Summary">What it does, in one line.</param>
/// <param name="Syntax">Makes the parser's view of it.</param>
/// <param name="Help">Its help page.</param>
/// <param name="Run">Reads the options out of the parser's tokens and does the work; gives the exit code.</param>
internal sealed record CommandDefinition(
    string Name,
    string Summary,
    Func<Command> Syntax,
    Func<string> Help,
    Func<IEnumerable<Token>, ConsoleReporter, CancellationToken, int> Run)
{
    /// <summary>The flag of commands with tables that has them show all digits.</summary>
    public const string Exact = "exact";

    /// <summary>The name as one word, for the parser.</summary>
    public string Word => WordOf(Name);

    /// <summary>Binds a table of options and the delegate that does the work.</summary>
    public static CommandDefinition Create<TOptions>(
        string name,
        string summary,
        OptionTable<TOptions> table,
        Func<TOptions, IReadOnlyList<OptionProblem>> validate,
        Func<TOptions, ConsoleReporter, CancellationToken, int> handler) => new(
            name,
            summary,
            () => CreateSyntax(name, table),
            () => HelpPage.Format(name, summary, table),
            (tokens, console, cancel) =>
            {
                var options = OptionReader<TOptions>.Read(table, tokens, validate, console.Warn);
                console.Exact = table.Find(Exact)?.Read(options)?.GetValue<bool>() ?? false;
                return handler(options, console, cancel);
            });

    private static string WordOf(string name) => name.Replace(' ', '-');

    // Options only cut the line into tokens: OptionReader gives them their values.
    private static Command CreateSyntax<TOptions>(string name, OptionTable<TOptions> table)
    {
        var syntax = new Command(WordOf(name)) { TreatUnmatchedTokensAsErrors = false };
        foreach (var spec in table.Specs)
        {
            syntax.Add(new Option<string[]>(
                $"--{spec.Name}", [.. spec.OtherNames.Select(name => $"--{name}")]));
        }

        return syntax;
    }
}
