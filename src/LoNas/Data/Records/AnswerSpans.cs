using LoNas.Errors;
using LoNas.Text;
using LoNas.Text.Chat;

namespace LoNas.Data.Records;

/// <summary>
/// Finds what the assistant says in a rendered conversation: by the template's <c>generation</c> blocks, or else by
/// rendering growing beginnings of it. An answer then begins behind the text of the messages before it with the
/// generation prompt, and ends with its last special token, such as the one that ends a turn.
/// </summary>
/// <param name="tokenizer">Knows the special tokens.</param>
/// <param name="template">The template.</param>
/// <param name="render">Renders a conversation, with or without generation prompt.</param>
internal sealed class AnswerSpans(
    TextTokenizer tokenizer, ChatTemplate template, Func<Conversation, bool, RenderedChat> render)
{
    /// <summary>The spans of the answers that are learned.</summary>
    /// <param name="conversation">The conversation.</param>
    /// <param name="rendered">It as the model reads it.</param>
    /// <param name="firstLearned">The first message that may be learned.</param>
    /// <param name="onlyLast">Whether the last answer alone is learned.</param>
    /// <exception cref="InvalidDataException">
    /// The template renders a beginning in another way than the whole.
    /// </exception>
    public IReadOnlyList<TextSpan> Of(
        Conversation conversation, RenderedChat rendered, int firstLearned, bool onlyLast)
    {
        int[] answers = [.. conversation.Messages.Index()
            .Where(each => each.Item.Role == ChatMessage.Assistant).Select(each => each.Index)];
        int[] learned = [.. answers.Where(index => index >= firstLearned)];
        learned = onlyLast ? [.. learned.TakeLast(1)] : learned;
        if (!template.MarksAnswers)
        {
            return [.. learned.Select(index => Between(conversation, rendered.Text, index))
                .Where(span => span.End > span.Start)];
        }

        if (rendered.Answers.Count == answers.Length)
        {
            return [.. learned.Select(index => rendered.Answers[Array.IndexOf(answers, index)])];
        }

        return learned.Length == answers.Length ? rendered.Answers : throw new InvalidDataException(
            $"The chat template {template.Origin} writes {rendered.Answers.Count} generation blocks for "
            + $"{answers.Length} messages of the assistant, so which of them are to be learned can't be told; "
            + "expected one block for each")
            .About(Setting.ChatTemplate, Setting.LearnedPart);
    }

    private TextSpan Between(Conversation conversation, string text, int index)
    {
        var before = render(First(conversation, index), true).Text;
        if (!text.StartsWith(before, StringComparison.Ordinal))
        {
            throw Differs(index, "before", text, before);
        }

        if (index == conversation.Messages.Count - 1)
        {
            return Ended(text, before.Length, text.Length);
        }

        var with = WithoutEnd(render(First(conversation, index + 1), false).Text, text);
        return text.StartsWith(with, StringComparison.Ordinal) && with.Length >= before.Length
            ? Ended(text, before.Length, with.Length)
            : throw Differs(index, "up to", text, with);
    }

    private static Conversation First(Conversation conversation, int count) =>
        conversation with { Messages = [.. conversation.Messages.Take(count)] };

    /// <summary>Some templates end every text with the end token, which is no part of a longer one.</summary>
    private string WithoutEnd(string with, string text) =>
        !text.StartsWith(with, StringComparison.Ordinal) && tokenizer.EosText is { Length: > 0 } end
            && with.EndsWith(end, StringComparison.Ordinal)
            ? with[..^end.Length]
            : with;

    /// <summary>The span without what follows its last special token.</summary>
    private TextSpan Ended(string text, int start, int end)
    {
        int last = tokenizer.EndOfLastSpecial(text[start..end]);
        return new TextSpan(start, last > 0 ? start + last : end);
    }

    private InvalidDataException Differs(int index, string which, string text, string part)
    {
        int at = text.AsSpan().CommonPrefixLength(part);
        return new InvalidDataException(
            $"The chat template {template.Origin} renders the messages {which} message {index + 1} in another way when "
            + $"more follow (first at character {at + 1}), so where the answers begin and end can't be told; learn "
            + "the last answer or all tokens, or give a template with generation blocks")
            .About(Setting.LearnedPart, Setting.ChatTemplate, Setting.TrainOnInputs);
    }
}
