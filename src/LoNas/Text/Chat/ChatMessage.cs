using System.Text;
using System.Text.Json;

namespace LoNas.Text.Chat;

/// <summary>A turn of a conversation: an object with a role, which a chat template sees with all of its keys.</summary>
public sealed record ChatMessage
{
    /// <summary>The role whose messages are learned.</summary>
    public const string Assistant = "assistant";

    /// <summary>The role of what is said before all others.</summary>
    public const string System = "system";

    /// <summary>The role of who asks.</summary>
    public const string User = "user";

    private readonly string? _role;

    /// <summary>A message of text alone.</summary>
    /// <param name="role">Who says it, such as <c>user</c>.</param>
    /// <param name="content">What is said.</param>
    public ChatMessage(string role, string content)
        : this(JsonSerializer.SerializeToElement(new Dictionary<string, string>
        {
            ["role"] = role,
            ["content"] = content,
        }))
    {
    }

    /// <summary>A message with further keys, such as <c>tool_calls</c>.</summary>
    /// <param name="value">
    /// The message as a template sees it. Its content is text, a list of parts, null or missing; nothing else is asked
    /// of it here.
    /// </param>
    public ChatMessage(JsonElement value)
    {
        Value = value;
        _role = value.ValueKind == JsonValueKind.Object && value.TryGetProperty("role", out var role)
            && role.ValueKind == JsonValueKind.String ? role.GetString() : null;
    }

    /// <summary>The message as a template sees it.</summary>
    public JsonElement Value { get; }

    /// <summary>Who says it; empty where the message does not say.</summary>
    public string Role => _role ?? "";

    /// <summary>
    /// The text of its content, that of all parts of text joined; null where there is none.
    /// </summary>
    public string? Text
    {
        get
        {
            if (Value.ValueKind != JsonValueKind.Object || !Value.TryGetProperty("content", out var content))
            {
                return null;
            }

            if (content.ValueKind != JsonValueKind.Array)
            {
                return content.ValueKind == JsonValueKind.String ? content.GetString() : null;
            }

            var text = new StringBuilder();
            foreach (var part in content.EnumerateArray())
            {
                if (part.ValueKind == JsonValueKind.Object && part.TryGetProperty("text", out var piece)
                    && piece.ValueKind == JsonValueKind.String)
                {
                    text.Append(piece.GetString());
                }
            }

            return text.ToString();
        }
    }

    /// <summary>A key of a message; undefined where it has none of this name.</summary>
    public JsonElement Key(string name) =>
        Value.ValueKind == JsonValueKind.Object && Value.TryGetProperty(name, out var value) ? value : default;
}
