using System.CommandLine;
using System.CommandLine.Parsing;
using LoNas.Cli.Output;

namespace LoNas.Cli.Options;

/// <summary>A command of the program.</summary>
/// <param name="Name">What the user types: a word, or two with a space.</param>
/// <param name="Summary">What it does, in one line.</param>
/// <param name="Syntax">Makes the parser's view of it.</param>
/// <param name="Help">Its help page, for so many columns.</param>
/// <param name="Examples">Lines that help shows.</param>
/// <param name="Read">Makes its options of the parser's tokens; the other is told what may not be meant.</param>
/// <param name="Run">Reads the options out of the parser's tokens and does the work; gives the exit code.</param>
internal sealed record CommandDefinition(
    string Name,
    string Summary,
    Func<Command> Syntax,
    Func<int, string> Help,
    IReadOnlyList<CommandExample> Examples,
    Func<IEnumerable<Token>, Action<string>, object> Read,
    Func<IEnumerable<Token>, ConsoleReporter, CancellationToken, int> Run)
{
    /// <summary>The flag of commands with tables that has them show all digits.</summary>
    public const string Exact = "exact";

    /// <summary>The name as one word, for the parser.</summary>
    public string Word => WordOf(Name);

    /// <summary>
    /// Binds a table of options and the delegate that does the work. The table is made when it is needed: a line names
    /// one command, and making the others' would take most of its start.
    /// </summary>
    public static CommandDefinition Create<TOptions>(
        string name,
        string summary,
        Func<OptionTable<TOptions>> table,
        Func<TOptions, IReadOnlyList<OptionProblem>> validate,
        Func<TOptions, ConsoleReporter, CancellationToken, int> handler,
        params IReadOnlyList<CommandExample> examples)
        where TOptions : class
    {
        var made = new Lazy<OptionTable<TOptions>>(table);
        TOptions Read(IEnumerable<Token> tokens, Action<string> note) =>
            OptionReader<TOptions>.Read(made.Value, tokens, validate, note);

        return new(
            name,
            summary,
            () => CreateSyntax(name, made.Value),
            width => HelpPage.Format(name, summary, made.Value, examples, width),
            examples,
            Read,
            (tokens, console, cancel) =>
            {
                var options = Read(tokens, console.Warn);
                console.OptionsFile = GivenTokens.Pair(tokens, name => made.Value.Find(name)?.Shape)
                    .Arguments.FirstOrDefault(OptionsFile.IsName);
                console.Exact = made.Value.Find(Exact)?.Read(options)?.GetValue<bool>() ?? false;
                return handler(options, console, cancel);
            });
    }

    private static string WordOf(string name) => name.Replace(' ', '-');

    // Options only cut the line into tokens: OptionReader gives them their values.
    private static Command CreateSyntax<TOptions>(string name, OptionTable<TOptions> table)
    {
        var syntax = new Command(WordOf(name)) { TreatUnmatchedTokensAsErrors = false };
        foreach (var spec in table.Specs)
        {
            var option = new Option<string[]>(
                $"--{spec.Name}", [.. spec.OtherNames.Select(name => $"--{name}")])
            {
                Description = spec.Description,
            };
            option.CompletionSources.Add([.. spec.Choices]);
            syntax.Add(option);
            if (spec.IsOperand)
            {
                var operand = new Argument<string[]>(spec.Name);
                operand.CompletionSources.Add([.. spec.Choices]);
                syntax.Add(operand);
            }
        }

        return syntax;
    }
}
