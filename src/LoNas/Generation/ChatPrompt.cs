using System.Text.Json;
using LoNas.Errors;
using LoNas.Text.Chat;

namespace LoNas.Generation;

/// <summary>Messages as a model reads them, up to where its answer begins.</summary>
/// <param name="Ids">The tokens.</param>
/// <param name="EosIds">
/// The tokens that end the answer: the model's, the tokenizer's, and the one that the template writes behind answers.
/// </param>
/// <param name="EndText">
/// The text that the template writes there where no token stands for it, which then ends the answer; null for none.
/// </param>
public sealed record ChatPrompt(IReadOnlyList<int> Ids, IReadOnlyList<int> EosIds, string? EndText)
{
    /// <summary>Renders messages.</summary>
    /// <param name="model">The model.</param>
    /// <param name="template">How messages become text.</param>
    /// <param name="conversation">The messages, of which the last is answered.</param>
    /// <param name="variables">Further variables of the template.</param>
    /// <exception cref="InvalidDataException">The template refuses the messages, or gives no text.</exception>
    public static ChatPrompt Of(
        ElasticModel model,
        ChatTemplate template,
        Conversation conversation,
        IReadOnlyDictionary<string, JsonElement>? variables = null) =>
        Of(model, conversation, (messages, begins) => template.Render(messages, begins, variables).Text);

    internal static ChatPrompt Of(
        ElasticModel model, Conversation conversation, Func<Conversation, bool, string> render)
    {
        int[] prompt = model.Tokenizer.EncodeRaw(render(conversation, true));
        if (prompt.Length == 0)
        {
            throw new InvalidDataException("The chat template gives no text for these messages")
                .About(Setting.ChatTemplate);
        }

        var end = TurnEnd.Of(conversation, render, model.Tokenizer);
        var ends = model.Folder.EosIds.Concat(new[] { model.Tokenizer.FoundEosId, end.Token }.OfType<int>());
        return new ChatPrompt(prompt, [.. ends.Distinct()], end.Text);
    }
}
