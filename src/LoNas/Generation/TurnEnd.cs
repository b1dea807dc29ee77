using LoNas.Text;
using LoNas.Text.Chat;

namespace LoNas.Generation;

/// <summary>
/// What a chat template writes behind an answer, which a model that was trained with it writes too: a token such as
/// <c>&lt;|im_end|&gt;</c>, which need not be the tokenizer's end token, or a text where no token stands for it.
/// </summary>
/// <param name="Token">The token; null where there is none.</param>
/// <param name="Text">The text; null where there is a token, or nothing.</param>
internal sealed record TurnEnd(int? Token, string? Text)
{
    private const string Probe = "Kvwzq";

    /// <summary>Where nothing is known.</summary>
    public static TurnEnd None { get; } = new(null, null);

    /// <summary>Finds it by an answer that is rendered behind some messages.</summary>
    /// <param name="conversation">The messages, of which the last is answered.</param>
    /// <param name="render">Renders a conversation, with or without the beginning of an answer.</param>
    /// <param name="tokenizer">Knows the special tokens.</param>
    public static TurnEnd Of(
        Conversation conversation, Func<Conversation, bool, string> render, TextTokenizer tokenizer)
    {
        string text;
        try
        {
            text = render(
                conversation with { Messages = [.. conversation.Messages, new(ChatMessage.Assistant, Probe)] }, false);
        }
        catch (InvalidDataException)
        {
            // A template that refuses this answer refuses the conversation too, or says nothing of ends.
            return None;
        }

        int at = text.LastIndexOf(Probe, StringComparison.Ordinal);
        var behind = at < 0 ? "" : text[(at + Probe.Length)..].Trim();
        if (behind.Length == 0)
        {
            return None;
        }

        return tokenizer.EncodeRaw(behind) is [var first, ..] && tokenizer.IsSpecial(first)
            ? new TurnEnd(first, null)
            : new TurnEnd(null, behind.Split('\n')[0].TrimEnd());
    }
}
