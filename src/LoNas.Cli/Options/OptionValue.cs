using System.Text.Json.Nodes;

namespace LoNas.Cli.Options;

/// <summary>How the value of a flag is read and written.</summary>
/// <param name="Shape">What the value looks like.</param>
/// <param name="Label">Its place holder in the help, such as <c>N</c>; empty for a switch.</param>
/// <param name="Parse">Reads the text of a value; throws <see cref="FormatException"/> that says what is
/// expected.</param>
/// <param name="ToJson">Writes it; null for an absent value.</param>
internal sealed record OptionValue<T>(
    OptionShape Shape, string Label, Func<string, T> Parse, Func<T, JsonNode?> ToJson)
{
    /// <summary>All values that there are; empty where they can't be listed.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];
}
