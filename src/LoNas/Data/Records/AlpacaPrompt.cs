using LoNas.Errors;
using LoNas.Text;
using LoNas.Text.Chat;

namespace LoNas.Data.Records;

/// <summary>An instruction as a conversation, or as the prompt that LLM-Adapters trains with.</summary>
internal static class AlpacaPrompt
{
    /// <summary>The conversation: the user says the instruction, and on a line of its own the input.</summary>
    public static ConversationRecord ToChat(AlpacaRecord record)
    {
        ChatMessage[] messages =
        [
            .. record.System is { Length: > 0 } system ? [new ChatMessage(ChatMessage.System, system)]
                : Array.Empty<ChatMessage>(),
            .. record.History.SelectMany(turn => new[]
            {
                new ChatMessage(ChatMessage.User, turn.Instruction),
                new ChatMessage(ChatMessage.Assistant, turn.Output),
            }),
            new ChatMessage(
                ChatMessage.User,
                record.Input.Length == 0 ? record.Instruction : $"{record.Instruction}\n{record.Input}"),
            new ChatMessage(ChatMessage.Assistant, record.Output),
        ];
        return new ConversationRecord(new Conversation(messages))
        {
            File = record.File,
            Place = record.Place,
            Number = record.Number,
        };
    }

    /// <summary>The prompt, for a model without a chat template.</summary>
    /// <exception cref="InvalidDataException">It has earlier turns, for which that prompt has no place.</exception>
    public static string Of(AlpacaRecord record) => record is { System: null or "", History.Count: 0 }
        ? PromptTemplate.Training(record.Instruction, record.Input, output: "")
        : throw new InvalidDataException(
            "The record has a system message or a history, and the prompt of a model without a chat template has no "
            + "place for either; give a template").About(Setting.ChatTemplate);
}
