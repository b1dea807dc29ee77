using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using LoNas.Errors;
using LoNas.Storage;
using LoNas.Text.Jinja;

namespace LoNas.Text.Chat;

/// <summary>
/// A chat template in Jinja, with the special tokens of its model. It may be rendered by several threads at once.
/// </summary>
public sealed class ChatTemplate
{
    private static readonly string[] Own = ["messages", "tools", "add_generation_prompt"];

    private readonly TemplateSource _source;
    private readonly Lazy<JinjaTemplate> _plain;
    private readonly Lazy<JinjaTemplate> _withTools;
    private IReadOnlyDictionary<string, object?> _tokens;
    private TimeProvider _clock = TimeProvider.System;

    private ChatTemplate(TemplateSource source, string? folder)
    {
        _source = source;
        _tokens = folder is null ? new Dictionary<string, object?>() : SpecialTokenNames.Of(folder);
        _plain = new(() => Compile(source.Text));
        _withTools = source.ToolUse is { } text ? new(() => Compile(text)) : _plain;
        _ = _plain.Value;
    }

    private ChatTemplate(ChatTemplate other) => (_source, _plain, _withTools, _tokens, _clock) =
        (other._source, other._plain, other._withTools, other._tokens, other._clock);

    /// <summary>The names that <see cref="Load"/> knows.</summary>
    public static IReadOnlyList<string> Names => [.. BuiltInTemplates.All.Keys];

    /// <summary>The template.</summary>
    public string Source => _source.Text;

    /// <summary>Where it is from, for messages.</summary>
    public string Origin => _source.Origin;

    /// <summary>Whether it says itself what the assistant writes, by <c>generation</c> blocks.</summary>
    public bool MarksAnswers => Source.Contains("endgeneration", StringComparison.Ordinal);

    /// <summary>Whether it writes the day or the time, so that tomorrow's text is another.</summary>
    public bool TellsTheTime => Source.Contains("strftime_now", StringComparison.Ordinal);

    /// <summary>A hash (SHA-256) of all that it writes by: its text, that for tools, and the special tokens.</summary>
    public string Fingerprint => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(
        new object?[] { _source.Text, _source.ToolUse, _tokens.OrderBy(t => t.Key, StringComparer.Ordinal)
            .Select(token => new[] { token.Key, ValueText.Of(token.Value) }) })));

    /// <summary>The template of a model's folder; null where it has none.</summary>
    /// <param name="folder">
    /// The folder, with its tokenizer's files. As in Transformers a <c>chat_template.jinja</c> comes before
    /// <c>chat_template</c> of tokenizer_config.json; <c>chat_template.json</c>, which processors have, comes last.
    /// </param>
    /// <exception cref="InvalidDataException">It is damaged, or uses what is not supported.</exception>
    public static ChatTemplate? Find(string folder) =>
        TemplateSource.Find(folder) is { } source ? new(source, folder) : null;

    /// <summary>A template by name, such as <c>chatml</c>, or from a file.</summary>
    /// <param name="nameOrFile">
    /// One of <see cref="Names"/>, else a file: the template itself, or JSON with a <c>chat_template</c>.
    /// </param>
    /// <param name="folder">The model's folder, for its special tokens; null for none.</param>
    /// <exception cref="InvalidDataException">There is no such template, or it uses what is not supported.</exception>
    public static ChatTemplate Load(string nameOrFile, string? folder) => new(TemplateSource.Load(nameOrFile), folder);

    /// <summary>The same template with other special tokens.</summary>
    /// <param name="bosToken">What begins a text; null: as it is.</param>
    /// <param name="eosToken">What ends a text; null: as it is.</param>
    public ChatTemplate WithTokens(string? bosToken, string? eosToken)
    {
        var tokens = new Dictionary<string, object?>(_tokens);
        tokens["bos_token"] = bosToken ?? tokens.GetValueOrDefault("bos_token");
        tokens["eos_token"] = eosToken ?? tokens.GetValueOrDefault("eos_token");
        return new(this)
        {
            _tokens = tokens.Where(token => token.Value is not null).ToDictionary(token => token.Key, t => t.Value),
        };
    }

    /// <summary>The same template with another clock for <c>strftime_now</c>.</summary>
    public ChatTemplate WithClock(TimeProvider clock) => new(this) { _clock = clock };

    /// <summary>A template of which the text is at hand.</summary>
    /// <param name="source">The text.</param>
    /// <param name="origin">Where it is from, for messages.</param>
    /// <param name="folder">The model's folder, for its special tokens; null for none.</param>
    /// <exception cref="InvalidDataException">It uses what is not supported.</exception>
    public static ChatTemplate Parse(string source, string origin, string? folder) =>
        new(new TemplateSource(origin, source), folder);

    /// <summary>The error that a model has none where one is needed.</summary>
    /// <param name="model">The model's name.</param>
    public static InvalidDataException Missing(string model) => new InvalidDataException(
        $"The model '{model}' has no chat template, which says how messages become its text; give the one that it was "
        + "trained with: a name, such as chatml, or a file").About(Setting.ChatTemplate);

    /// <summary>Renders a conversation.</summary>
    /// <param name="conversation">The conversation.</param>
    /// <param name="addGenerationPrompt">Whether the text ends with what an answer begins with.</param>
    /// <param name="variables">Further variables, such as <c>enable_thinking</c>; null for none.</param>
    /// <exception cref="InvalidDataException">
    /// The template refuses it, which is told in the template's own words, or cannot render it.
    /// </exception>
    public RenderedChat Render(
        Conversation conversation, bool addGenerationPrompt = false,
        IReadOnlyDictionary<string, JsonElement>? variables = null)
    {
        bool hasTools = conversation.Tools is { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) };
        long size = 0;
        object? Value(JsonElement element)
        {
            size += element.ValueKind == JsonValueKind.Undefined ? 0 : JsonMarshal.GetRawUtf8Value(element).Length;
            return ValueJson.Read(element);
        }

        try
        {
            var known = new Dictionary<string, object?>(_tokens)
            {
                ["messages"] = new PyList([.. conversation.Messages.Select(message => Value(message.Value))]),
                ["tools"] = hasTools ? Value(conversation.Tools!.Value) : null,
                ["documents"] = null,
                ["add_generation_prompt"] = addGenerationPrompt,
            };
            foreach (var (name, value) in conversation.Variables.Concat(
                variables ?? new Dictionary<string, JsonElement>()))
            {
                known[name] = !Own.Contains(name) ? Value(value)
                    : throw new InvalidDataException(
                        $"The variable '{name}' of a chat template is the conversation's own; give others alone");
            }

            var text = (hasTools ? _withTools : _plain).Value.Render(
                known, size, () => _clock.GetLocalNow().DateTime);
            return new RenderedChat(
                text.Text, [.. text.Answers.Select(answer => new TextSpan(answer.Start, answer.End))]);
        }
        catch (JinjaRefusalException error) when (error.Message.Length > 0)
        {
            throw new InvalidDataException(error.Message, error);
        }
        catch (JinjaException error)
        {
            throw Located(error, hasTools ? _source.ToolUse ?? Source : Source);
        }
    }

    private JinjaTemplate Compile(string text)
    {
        try
        {
            return new JinjaTemplate(text);
        }
        catch (JinjaException error)
        {
            throw Located(error, text);
        }
    }

    private InvalidDataException Located(JinjaException error, string text) => new(
        $"The chat template {Origin}: {(error.Offset < 0 ? "" : JinjaTemplate.Place(text, error.Offset) + ": ")}"
        + (error.Message.Length > 0
            ? Excerpt.Of(error.Message, 400) : "it refuses the conversation and does not say why"),
        error);
}
