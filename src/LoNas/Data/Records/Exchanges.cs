using LoNas.Text.Chat;

namespace LoNas.Data.Records;

/// <summary>The exchanges of a conversation: each begins with a message of the user.</summary>
internal static class Exchanges
{
    /// <summary>
    /// The conversation without its oldest exchange, without the two oldest and so on, down to the last one; messages
    /// in front of the first exchange, such as the system's, stay.
    /// </summary>
    public static IReadOnlyList<ConversationRecord> Drop(ConversationRecord record)
    {
        var messages = record.Conversation.Messages;
        int[] starts = [.. messages.Index().Where(each => IsStart(messages, each.Index)).Select(each => each.Index)];
        return [.. starts.Skip(1).Select(start => record with
        {
            Conversation = record.Conversation with
            {
                Messages = [.. messages.Take(starts[0]), .. messages.Skip(start)],
            },
            FirstLearned = Math.Max(starts[0], record.FirstLearned - start + starts[0]),
        })];
    }

    private static bool IsStart(IReadOnlyList<ChatMessage> messages, int index) =>
        messages[index].Role == ChatMessage.User && (index == 0 || messages[index - 1].Role != ChatMessage.User);
}
