using System.Text.Json;
using LoNas.Storage;

namespace LoNas.Text.Chat;

/// <summary>Reads a conversation from a file of its own.</summary>
public static class ConversationFile
{
    private const string Purpose = "conversation";

    /// <summary>The conversation of a file.</summary>
    /// <param name="path">
    /// JSON: a list of messages, or an object with <c>messages</c> and, if there are any, <c>tools</c> and
    /// <c>chat_template_kwargs</c>. Which keys and roles a message has is the template's business.
    /// </param>
    /// <exception cref="InvalidDataException">The file is missing or holds something else.</exception>
    public static Conversation Load(string path) =>
        Read(JsonInput.Load(path, Purpose), $"{Purpose} '{path}'");

    /// <summary>The same of JSON that was read.</summary>
    /// <param name="root">The list or object.</param>
    /// <param name="origin">Names it in errors.</param>
    /// <exception cref="InvalidDataException">It is something else.</exception>
    public static Conversation Read(JsonElement root, string origin)
    {
        var messages = root;
        JsonElement tools = default, variables = default;
        if (root.ValueKind == JsonValueKind.Object)
        {
            if (!root.TryGetProperty("messages", out messages))
            {
                throw new InvalidDataException(
                    $"The {origin} is an object without 'messages'; expected a list of messages, or an object with "
                    + "'messages' and, if there are any, 'tools'");
            }

            root.TryGetProperty("tools", out tools);
            root.TryGetProperty("chat_template_kwargs", out variables);
        }

        return new Conversation(Messages(messages, origin))
        {
            Tools = tools.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null ? null
                : tools.ValueKind == JsonValueKind.Array ? tools
                : throw new InvalidDataException(
                    $"The 'tools' of the {origin} are {Excerpt.Of(tools)}; expected a list"),
            Variables = Variables(variables, $"'chat_template_kwargs' of the {origin}"),
        };
    }

    /// <summary>Further variables of a template, from a JSON object.</summary>
    /// <exception cref="InvalidDataException">It is no object.</exception>
    public static IReadOnlyDictionary<string, JsonElement> Variables(JsonElement value, string origin)
    {
        var variables = new Dictionary<string, JsonElement>();
        if (value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
        {
            return variables;
        }

        foreach (var entry in value.RequireObject(origin).EnumerateObject())
        {
            variables[entry.Name] = entry.Value;
        }

        return variables;
    }

    private static List<ChatMessage> Messages(JsonElement list, string origin)
    {
        if (list.ValueKind != JsonValueKind.Array)
        {
            throw new InvalidDataException(
                $"The {origin} holds {Excerpt.Of(list)} in place of messages; expected a list of them");
        }

        var (messages, problems) = (new List<ChatMessage>(), new List<string>());
        foreach (var element in list.EnumerateArray())
        {
            var message = new ChatMessage(element);
            messages.Add(message);
            var content = message.Key("content");
            if (element.ValueKind != JsonValueKind.Object)
            {
                problems.Add($"message {messages.Count} is {Excerpt.Of(element)}; expected an object");
            }
            else if (content.ValueKind is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False)
            {
                problems.Add($"the content of message {messages.Count} is {Excerpt.Of(content)}; expected text, a list "
                    + "of parts or null");
            }
        }

        return problems.Count == 0 ? messages
            : throw new InvalidDataException(
                $"The {origin} has {(problems.Count == 1 ? "a bad message" : $"{problems.Count} bad messages")}: "
                + string.Join("; ", problems.Take(5)));
    }
}
