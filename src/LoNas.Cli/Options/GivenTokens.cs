using System.CommandLine.Parsing;

namespace LoNas.Cli.Options;

/// <summary>
/// Pairs flags with their values in the order given. The parser's own binding hands an unknown flag to the flag before
/// it as its value; here it stays a flag, so that it can be named as unknown. A list may be several values, as Python's
/// command lines take it.
/// </summary>
internal sealed class GivenTokens
{
    private readonly List<GivenOption> _options = [];
    private readonly List<string> _arguments = [];

    /// <summary>Flags, known and unknown.</summary>
    public IReadOnlyList<GivenOption> Options => _options;

    /// <summary>Everything else.</summary>
    public IReadOnlyList<string> Arguments => _arguments;

    /// <param name="tokens">The tokens of the parser, with those of the command itself.</param>
    /// <param name="shapeOf">The shape of a known flag's value; null for an unknown name.</param>
    public static GivenTokens Pair(IEnumerable<Token> tokens, Func<string, OptionShape?> shapeOf)
    {
        var given = new GivenTokens();
        bool open = false;
        foreach (var token in tokens.Where(token => token.Type is TokenType.Option or TokenType.Argument))
        {
            open = token.Type == TokenType.Option
                ? given.AddFlag(token.Value)
                : given.AddArgument(token.Value, open, shapeOf);
        }

        return given;
    }

    private bool AddFlag(string text)
    {
        // The parser splits NAME=VALUE of known flags only.
        string[] parts = text.TrimStart('-').Split('=', 2);
        _options.Add(new GivenOption(parts[0], parts.Length == 2 ? parts[1] : null));
        return parts.Length == 1;
    }

    private bool AddArgument(string text, bool open, Func<string, OptionShape?> shapeOf)
    {
        var shape = open ? shapeOf(_options[^1].Name) : null;
        if (LooksLikeFlag(text) && shape != OptionShape.FreeText)
        {
            return AddFlag(text);
        }

        bool isList = shape is OptionShape.List or OptionShape.Numbers;
        var before = open ? _options[^1].Value : null;
        if (open && !((shape == OptionShape.Switch || before is not null) && OptionsFile.IsName(text)))
        {
            _options[^1] = _options[^1] with { Value = before is null ? text : $"{before},{text}" };
            return isList;
        }

        _arguments.Add(text);
        return false;
    }

    private static bool LooksLikeFlag(string text) =>
        text.Length > 2 && text.StartsWith("--", StringComparison.Ordinal) && char.IsLetter(text[2]);
}
