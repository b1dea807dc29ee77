using System.Text.Json;

namespace LoNas.Text.Chat;

/// <summary>Messages in their order, with the tools that the assistant may call.</summary>
/// <param name="Messages">The messages.</param>
public sealed record Conversation(IReadOnlyList<ChatMessage> Messages)
{
    /// <summary>The tools, a list as OpenAI's <c>tools</c>; null for none.</summary>
    public JsonElement? Tools { get; init; }

    /// <summary>Further variables of the template that belong to this conversation; empty for none.</summary>
    public IReadOnlyDictionary<string, JsonElement> Variables { get; init; } =
        new Dictionary<string, JsonElement>();
}
