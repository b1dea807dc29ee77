using System.Text.Json;
using LoNas.Errors;
using LoNas.Storage;
using LoNas.Text;
using LoNas.Text.Chat;

namespace LoNas.Data.Records;

/// <summary>A record as tokens.</summary>
/// <param name="Ids">The tokens, [T].</param>
/// <param name="Learned">Which of them are learned, [T].</param>
/// <param name="UncutLength">Tokens of the whole record.</param>
public sealed record EncodedRecord(int[] Ids, bool[] Learned, int UncutLength)
{
    /// <summary>Whether something of the record was left out.</summary>
    public bool IsCut => Ids.Length < UncutLength;

    /// <summary>The tokens with their labels.</summary>
    public TrainingExample ToExample() => new(
        Ids, [.. Ids.Zip(Learned, (id, isLearned) => isLearned ? id : TrainingExample.IgnoredLabel)]);
}

/// <summary>Turns records of all formats into tokens; may be used by several threads.</summary>
public sealed class RecordEncoder
{
    private readonly TextTokenizer _tokenizer;
    private readonly RecordEncoding _how;

    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="how">What is learned, and how records are cut.</param>
    /// <exception cref="ArgumentException">The cut-off length is below 1.</exception>
    public RecordEncoder(TextTokenizer tokenizer, RecordEncoding how)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(how.CutoffLength, 1, nameof(how));
        (_tokenizer, _how) = (tokenizer, how);
    }

    /// <summary>Whether conversations can be encoded.</summary>
    public bool HasTemplate => _how.Template is not null;

    /// <summary>The tokens of a record: one example, or of a document that is too long several.</summary>
    /// <exception cref="InvalidDataException">
    /// The chat template refuses it, or where the answers are can't be told.
    /// </exception>
    public IReadOnlyList<EncodedRecord> Encode(DataRecord record) => record switch
    {
        ConversationRecord chat => [Cut(chat)],
        AlpacaRecord alpaca when _how.Template is not null => [Cut(AlpacaPrompt.ToChat(alpaca))],
        AlpacaRecord alpaca => [Cut(EncodeCompletion(AlpacaPrompt.Of(alpaca), alpaca.Output))],
        CompletionRecord completion => [Cut(EncodeCompletion(completion.Prompt, completion.Completion))],
        DocumentRecord document => Divide(document.Text),
        _ => throw new ArgumentException($"A record of type {record.GetType().Name} can't be encoded", nameof(record)),
    };

    /// <summary>
    /// A document in windows that overlap, in each of which the tokens count that the window before did not have: each
    /// token counts once, behind as many others as the overlap has at least.
    /// </summary>
    /// <param name="text">The document.</param>
    /// <param name="stride">
    /// Tokens from one window to the next, below the cut-off length: a window's first token can't be predicted in it.
    /// </param>
    /// <exception cref="ArgumentException">The stride is below 1, or not below the cut-off length.</exception>
    public IEnumerable<TrainingExample> Windows(string text, int stride)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(stride, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(stride, _how.CutoffLength);
        var (ids, _) = Framed(_tokenizer.EncodeRaw(text));
        for (int start = 0, counted = 0; counted < ids.Length; start += stride)
        {
            int end = Math.Min(ids.Length, start + _how.CutoffLength);
            var labels = ids[start..end];
            labels.AsSpan(0, counted - start).Fill(TrainingExample.IgnoredLabel);
            counted = end;
            yield return new TrainingExample(ids[start..end], labels);
        }
    }

    /// <summary>The text of a conversation as the model reads it.</summary>
    /// <exception cref="InvalidDataException">The template refuses it, or there is none.</exception>
    public RenderedChat Render(Conversation conversation, bool addGenerationPrompt = false)
    {
        var template = _how.Template ?? throw new InvalidDataException(
            "The model has no chat template, so conversations can't be written as it reads them; give one, such as "
            + "chatml, or a file").About(Setting.ChatTemplate);
        var variables = conversation.Variables.Count == 0 ? _how.Variables
            : _how.Variables.Concat(conversation.Variables)
                .GroupBy(each => each.Key).ToDictionary(each => each.Key, each => each.Last().Value);
        return template.Render(conversation, addGenerationPrompt, variables);
    }

    /// <summary>A call that is not written would be learned as an empty answer.</summary>
    private void RequireCalls(Conversation conversation, string text)
    {
        var missing = conversation.Messages.Where(message => message.Role == ChatMessage.Assistant)
            .SelectMany(message => message.Key("tool_calls") is { ValueKind: JsonValueKind.Array } calls
                ? calls.EnumerateArray().ToArray()
                : [])
            .Select(call => (call.TryGetProperty("function", out var function) ? function : call)
                .GetProperty("name").GetString()!)
            .FirstOrDefault(name => !text.Contains(name, StringComparison.Ordinal));
        if (missing is not null)
        {
            throw new InvalidDataException(
                $"The chat template {_how.Template!.Origin} does not write the call of '{Excerpt.Of(missing)}', so "
                + "that it would not be learned; give a template that writes calls of tools, or leave such records out")
                .About(Setting.ChatTemplate, Setting.BadRecords);
        }
    }

    private RenderedChat Rendered(Conversation conversation)
    {
        try
        {
            return Render(conversation);
        }
        catch (InvalidDataException error) when (_how.Template is not null
            && conversation.Messages.Any(message => message.Text is null))
        {
            throw new InvalidDataException(
                $"{error.Message} (a message of it has no text, as one with calls of tools may; not every template "
                + "writes such)", error).About(Setting.ChatTemplate, Setting.BadRecords);
        }
    }

    private EncodedRecord EncodeChat(ConversationRecord record)
    {
        var rendered = Rendered(record.Conversation);
        RequireCalls(record.Conversation, rendered.Text);
        IReadOnlyList<TextSpan> learned = _how.Learned == LearnedPart.All
            ? [new TextSpan(0, rendered.Text.Length)]
            : new AnswerSpans(_tokenizer, _how.Template!, Render).Of(
                record.Conversation, rendered, record.FirstLearned, _how.Learned == LearnedPart.Last);
        var (ids, marked) = _tokenizer.EncodeRaw(rendered.Text, learned);
        return new EncodedRecord(ids, marked, ids.Length);
    }

    /// <summary>A conversation without its oldest exchanges, or cut like a text.</summary>
    private EncodedRecord Cut(ConversationRecord record)
    {
        var whole = EncodeChat(record);
        if (whole.Ids.Length <= _how.CutoffLength || _how.Truncation != RecordTruncation.Turns)
        {
            return Cut(whole);
        }

        var shorter = Exchanges.Drop(record);
        // The fewest exchanges that have to go; what is longer without them is not looked at.
        var (low, high) = (0, shorter.Count - 1);
        EncodedRecord? best = null;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            var tried = EncodeChat(shorter[middle]);
            bool fits = tried.Ids.Length <= _how.CutoffLength;
            best = fits || middle == shorter.Count - 1 ? tried : best;
            (low, high) = fits ? (low, middle - 1) : (middle + 1, high);
        }

        return Cut((best ?? whole) with { UncutLength = whole.UncutLength });
    }

    private EncodedRecord Cut(EncodedRecord whole)
    {
        int most = _how.CutoffLength;
        if (whole.Ids.Length <= most)
        {
            return whole;
        }

        if (_how.Truncation != RecordTruncation.Left)
        {
            return whole with { Ids = whole.Ids[..most], Learned = whole.Learned[..most] };
        }

        // The model has always seen its first token in front.
        int kept = most > 1 && whole.Ids[0] == _tokenizer.FoundBosId ? 1 : 0;
        int from = whole.Ids.Length - most + kept;
        return whole with
        {
            Ids = [.. whole.Ids[..kept], .. whole.Ids[from..]],
            Learned = [.. whole.Learned[..kept], .. whole.Learned[from..]],
        };
    }

    private EncodedRecord EncodeCompletion(string prompt, string completion)
    {
        var text = prompt + completion;
        var (body, marked) = _tokenizer.EncodeRaw(text, [new TextSpan(prompt.Length, text.Length)]);
        var (ids, before) = Framed(body);
        bool[] learned = new bool[ids.Length];
        marked.CopyTo(learned, before);
        learned.AsSpan(before + body.Length).Fill(true);
        if (_how.Learned == LearnedPart.All)
        {
            Array.Fill(learned, true);
        }

        return new EncodedRecord(ids, learned, ids.Length);
    }

    /// <summary>The tokens with those that the tokenizer puts around a text, and one end token.</summary>
    private (int[] Ids, int Before) Framed(int[] body)
    {
        var (framed, before) = _tokenizer.Frame(body);
        // A text may begin with the token that stands before all texts.
        bool isTwice = before > 0 && body.Length > 0 && body[0] == _tokenizer.FoundBosId && framed[0] == body[0];
        framed = isTwice ? framed[1..] : framed;
        before -= isTwice ? 1 : 0;
        return (framed is [.., var last] && last == _tokenizer.EosId ? framed : [.. framed, _tokenizer.EosId], before);
    }

    private List<EncodedRecord> Divide(string text)
    {
        var (ids, _) = Framed(_tokenizer.EncodeRaw(text));
        return [.. ids.Chunk(_how.CutoffLength).Select(part =>
            new EncodedRecord(part, [.. Enumerable.Repeat(true, part.Length)], part.Length))];
    }
}
