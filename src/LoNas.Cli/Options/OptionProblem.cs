namespace LoNas.Cli.Options;

/// <summary>Something wrong with the given options.</summary>
/// <param name="Text">What is wrong and what to do, in one line.</param>
/// <param name="Names">The flags concerned, without dashes.</param>
internal sealed record OptionProblem(string Text, params IReadOnlyList<string> Names);
