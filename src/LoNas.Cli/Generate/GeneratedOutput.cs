using System.Text.Json;
using System.Text.Json.Nodes;
using LoNas.Cli.Output;
using LoNas.Generation;
using LoNas.Text;

namespace LoNas.Cli.Generate;

/// <summary>Shows generated sequences once they are all there.</summary>
/// <param name="options">The command's options.</param>
/// <param name="tokenizer">Turns tokens into text; null shows tokens.</param>
/// <param name="console">Where they are shown.</param>
/// <param name="end">The text that ends an answer; null for none.</param>
internal sealed class GeneratedOutput(
    GenerateOptions options, TextTokenizer? tokenizer, ConsoleReporter console, string? end = null)
{
    /// <summary>Shows sequences that begin with a prompt.</summary>
    public void Show(int[] prompt, IReadOnlyList<GeneratedSequence> sequences)
    {
        if (options.Json)
        {
            ShowJson(
                sequences, tokenizer is null ? null : sequences.Select(each => NewText(tokenizer, prompt, each)),
                console);
            return;
        }

        foreach (var sequence in sequences)
        {
            console.Verbatim(tokenizer is null ? string.Join(',', sequence.Ids) : NewText(tokenizer, prompt, sequence));
        }
    }

    /// <summary>Shows sequences as one JSON object.</summary>
    /// <param name="sequences">The sequences, prompt included.</param>
    /// <param name="texts">Their new texts; null where there is no tokenizer.</param>
    /// <param name="console">Where they are shown.</param>
    public static void ShowJson(
        IReadOnlyList<GeneratedSequence> sequences, IEnumerable<string>? texts, ConsoleReporter console)
    {
        var json = new JsonObject
        {
            ["sequences"] = JsonSerializer.SerializeToNode(sequences.Select(sequence => sequence.Ids)),
            ["scores"] = JsonSerializer.SerializeToNode(sequences.Select(sequence => sequence.Score)),
        };
        if (texts is not null)
        {
            json["texts"] = JsonSerializer.SerializeToNode(texts);
        }

        console.Verbatim(json.ToJsonString());
    }

    private string NewText(TextTokenizer tokenizer, int[] prompt, GeneratedSequence sequence)
    {
        // What a token looks like depends on those before it: the prompt is decoded too, and left out.
        var stream = new TokenStream(tokenizer);
        foreach (int id in prompt)
        {
            stream.Push(id);
        }

        var text = string.Concat(sequence.Ids.Skip(prompt.Length).Select(id => stream.Push(id))) + stream.Flush();
        int length = end is null ? -1 : text.IndexOf(end, StringComparison.Ordinal);
        return (length < 0 ? text : text[..length]).Trim();
    }
}
