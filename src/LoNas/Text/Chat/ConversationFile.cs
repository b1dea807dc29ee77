using System.Text.Json;
using LoNas.Storage;

namespace LoNas.Text.Chat;

/// <summary>Reads a conversation: a list of messages, or an object with <c>messages</c> and <c>tools</c>.</summary>
public static class ConversationFile
{
    private const string Messages = "messages";
    private const string Tools = "tools";

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">It is missing, no JSON, or holds no messages.</exception>
    public static Conversation Load(string path)
    {
        var origin = $"conversation '{path}'";
        var json = JsonInput.Load(path, "conversation");
        var messages = json.ValueKind == JsonValueKind.Object && json.TryGetProperty(Messages, out var inner)
            ? inner
            : json;
        if (messages.ValueKind != JsonValueKind.Array || messages.GetArrayLength() == 0)
        {
            throw new InvalidDataException(
                $"The {origin} holds no messages; expected a list of objects with 'role' and 'content', or an object "
                + "with such a list as 'messages'");
        }

        int wrong = messages.EnumerateArray().TakeWhile(message => message.ValueKind == JsonValueKind.Object).Count();
        if (wrong < messages.GetArrayLength())
        {
            throw new InvalidDataException(
                $"The {origin} has {Excerpt.Of(messages[wrong])} as message {wrong + 1}; expected an object with "
                + "'role' and 'content'");
        }

        return new Conversation([.. messages.EnumerateArray().Select(message => new ChatMessage(message))])
        {
            Tools = json.ValueKind == JsonValueKind.Object && json.TryGetProperty(Tools, out var tools)
                && tools.ValueKind != JsonValueKind.Null ? tools : null,
        };
    }
}
