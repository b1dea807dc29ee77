using System.Text.Json;

namespace LoNas.Text.Chat;

/// <summary>A chat template in Jinja, with the special tokens of its model.</summary>
public sealed class ChatTemplate
{
    private ChatTemplate(string source, string origin) => (Source, Origin) = (source, origin);

    /// <summary>The template.</summary>
    public string Source { get; }

    /// <summary>Where it is from, for messages.</summary>
    public string Origin { get; }

    /// <summary>Whether it says itself what the assistant writes, by <c>generation</c> blocks.</summary>
    public bool MarksAnswers => Source.Contains("endgeneration", StringComparison.Ordinal);

    /// <summary>The template of a model's folder; null where it has none.</summary>
    /// <param name="folder">The folder, with its tokenizer's files.</param>
    /// <exception cref="InvalidDataException">It is damaged, or uses what is not supported.</exception>
    public static ChatTemplate? Find(string folder) => null;

    /// <summary>A template by name, such as <c>chatml</c>, or from a file.</summary>
    /// <param name="nameOrFile">The name or the file.</param>
    /// <param name="folder">The model's folder, for its special tokens; null for none.</param>
    /// <exception cref="InvalidDataException">There is no such template, or it uses what is not supported.</exception>
    public static ChatTemplate Load(string nameOrFile, string? folder) => new("", nameOrFile);

    /// <summary>A template of which the text is at hand.</summary>
    /// <param name="source">The text.</param>
    /// <param name="origin">Where it is from, for messages.</param>
    /// <param name="folder">The model's folder, for its special tokens; null for none.</param>
    /// <exception cref="InvalidDataException">It uses what is not supported.</exception>
    public static ChatTemplate Parse(string source, string origin, string? folder) => new(source, origin);

    /// <summary>Renders a conversation.</summary>
    /// <param name="conversation">The conversation.</param>
    /// <param name="addGenerationPrompt">Whether the text ends with what an answer begins with.</param>
    /// <param name="variables">Further variables, such as <c>enable_thinking</c>; null for none.</param>
    /// <exception cref="InvalidDataException">The template refuses it, or cannot render it.</exception>
    public RenderedChat Render(
        Conversation conversation, bool addGenerationPrompt = false,
        IReadOnlyDictionary<string, JsonElement>? variables = null) => throw new NotSupportedException();
}
