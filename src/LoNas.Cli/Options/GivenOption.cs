namespace LoNas.Cli.Options;

/// <summary>A flag as it stood on the command line.</summary>
/// <param name="Name">Its name without dashes, known or not.</param>
/// <param name="Value">The value after it; null where none followed.</param>
internal sealed record GivenOption(string Name, string? Value);
