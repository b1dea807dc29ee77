namespace LoNas.Cli.Options;

/// <summary>A line of a command that help shows.</summary>
/// <param name="Purpose">What it is for, in a few words.</param>
/// <param name="Line">What is typed in a clone, from <c>./lonas</c> on.</param>
internal sealed record CommandExample(string Purpose, string Line);
