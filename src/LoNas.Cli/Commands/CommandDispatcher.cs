using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json.Nodes;
using LoNas.Cli.Options;
using LoNas.Cli.Output;
using LoNas.Distributed;

namespace LoNas.Cli.Commands;

/// <summary>Finds the command that a line names and runs it.</summary>
internal sealed class CommandDispatcher
{
    private const string HelpCommand = "help";

    private static readonly TimeSpan Precedence = TimeSpan.FromSeconds(5);

    private readonly IReadOnlyList<CommandDefinition> _commands;
    private readonly RootCommand _root = new() { TreatUnmatchedTokensAsErrors = false };
    private readonly Option<bool> _help = Everywhere("--help", "-h");
    private readonly Option<bool> _version = Everywhere("--version");
    private readonly Option<bool> _debug = Everywhere("--debug");

    public CommandDispatcher(IReadOnlyList<CommandDefinition> commands)
    {
        _commands = commands;

        // The parser's own help and version know nothing of groups, defaults and libraries.
        _root.Options.Clear();
        _root.Directives.Clear();
        foreach (var option in new[] { _help, _version, _debug })
        {
            _root.Add(option);
        }
    }

    /// <summary>Runs a line; gives the exit code.</summary>
    public int Run(string[] args, ConsoleReporter console, CancellationToken cancel)
    {
        var suggested = Suggestions.LineOf(args);
        string[] words = Joined(args);
        foreach (var command in _commands)
        {
            _root.Add(suggested is not null || words.Contains(command.Word) ? command.Syntax() : new(command.Word));
        }

        if (suggested is { } line)
        {
            console.Write(string.Concat(Suggestions.Of(line, _root, _commands).Select(text => $"{text}\n")));
            return ExitCode.Success;
        }

        var parsed = _root.Parse(words, new ParserConfiguration
        {
            EnablePosixBundling = false,
            ResponseFileTokenReplacer = null, // a prompt may begin with '@'
        });
        console.ShowsTraces = IsGiven(parsed, _debug);
        try
        {
            Begin(args, parsed, console);
            int code = Dispatch(parsed, console, cancel);
            console.Log.Add("info", "end", "done", new JsonObject { ["exit_code"] = code });
            return code;
        }
        catch (Exception error)
        {
            return Tell(error, console);
        }
    }

    private static void Begin(string[] args, ParseResult parsed, ConsoleReporter console) => console.Log.Add(
        "info",
        "start",
        parsed.CommandResult.Command.Name,
        new JsonObject
        {
            ["version"] = VersionPage.ProgramVersion,
            ["process"] = Environment.ProcessId,
            ["arguments"] = new JsonArray([.. args.Select(argument => (JsonNode)RunLog.WithoutHome(argument))]),
        });

    /// <summary>
    /// Of the processes of a launcher, which make the same mistake as a rule, the first tells at once: when it ends,
    /// the launcher ends the others.
    /// </summary>
    private static int Tell(Exception error, ConsoleReporter console)
    {
        var failure = Failure.Of(error);
        if (Launcher.Find() is { Rank: > 0 } launcher)
        {
            Thread.Sleep(Precedence);
            var name = $"rank {launcher.Rank} on {Environment.MachineName}";
            failure = failure with { Message = $"{name}: {failure.Message}" };
        }

        return Failure.Tell(failure, error, console);
    }

    private int Dispatch(ParseResult parsed, ConsoleReporter console, CancellationToken cancel)
    {
        var command = _commands.FirstOrDefault(entry => entry.Word == parsed.CommandResult.Command.Name);
        var tokens = parsed.Tokens.Where(token => !(token.Type == TokenType.Option && token.Value == _debug.Name))
            .ToList();
        var words = tokens.Where(token => token.Type == TokenType.Argument).Select(token => token.Value).ToArray();
        if (IsGiven(parsed, _help) || (command is null && tokens.Count == 0))
        {
            int width = console.PageColumns ?? HelpPage.UsualWidth;
            console.Write(command?.Help(width) ?? (words.Length == 0 || IsGroup(words)
                ? HelpPage.Format(_commands, width)
                : throw Unknown(words)));
            return ExitCode.Success;
        }

        if (IsGiven(parsed, _version))
        {
            console.Write(VersionPage.Format());
            return ExitCode.Success;
        }

        return command is null
            ? throw (tokens[0].Value.StartsWith('-') ? BeforeCommand(tokens[0].Value) : Unknown(words))
            : command.Run(tokens, console, cancel);
    }

    /// <summary>The line with a name of two words as one, and <c>help COMMAND</c> as the command's own help.</summary>
    private string[] Joined(string[] args) => args is [HelpCommand, .. var rest]
        ? [.. Joined([.. rest.Where(word => word.Length > 0)]), _help.Name]
        : args.Length > 1 && _commands.FirstOrDefault(entry => entry.Name == $"{args[0]} {args[1]}") is { } command
            ? [command.Word, .. args.Skip(2)]
            : args;

    private ArgumentException BeforeCommand(string given) => new(
        $"'{given}' stands before a command; commands: {string.Join(", ", Names)}");

    /// <summary>The error of a command that there is not, with those that may be meant.</summary>
    private ArgumentException Unknown(string[] words)
    {
        string[] group = [.. Names.Where(name => name.StartsWith($"{words[0]} ", StringComparison.Ordinal))];
        if (group.Length > 0)
        {
            var given = string.Join(' ', words.Take(2));
            var all = string.Join(" or ", group.Select(name => $"'{name}'"));
            return new ArgumentException($"unknown command '{given}'; "
                + (words.Length == 1 ? $"did you mean {all}?" : $"expected {all}"));
        }

        return new ArgumentException($"unknown command '{words[0]}'; " + (NearestName.Find(words[0], Names) is { } near
            ? $"did you mean '{near}'?"
            : $"commands: {string.Join(", ", Names)}"));
    }

    /// <summary>Whether a line is the first word of several commands.</summary>
    private bool IsGroup(string[] words) =>
        words.Length == 1 && Names.Any(name => name.StartsWith($"{words[0]} ", StringComparison.Ordinal));

    private IEnumerable<string> Names => _commands.Select(command => command.Name);

    private static bool IsGiven(ParseResult parsed, Option<bool> option) =>
        parsed.GetResult(option) is { Implicit: false };

    private static Option<bool> Everywhere(string name, params string[] aliases) =>
        new(name, aliases) { Recursive = true, Arity = ArgumentArity.Zero };
}
