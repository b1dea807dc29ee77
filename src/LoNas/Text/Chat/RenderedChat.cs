namespace LoNas.Text.Chat;

/// <summary>A place in a text.</summary>
/// <param name="Start">Its first character, in UTF-16.</param>
/// <param name="End">The first one behind it.</param>
public readonly record struct TextSpan(int Start, int End);

/// <summary>A conversation as the model reads it.</summary>
/// <param name="Text">The text, with special tokens written by name.</param>
/// <param name="Answers">
/// What the template's <c>generation</c> blocks wrote, in order; empty where it has none.
/// </param>
public sealed record RenderedChat(string Text, IReadOnlyList<TextSpan> Answers);
