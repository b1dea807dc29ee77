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
internal sealed class GeneratedOutput(GenerateOptions options, TextTokenizer? tokenizer, ConsoleReporter console)
{
    /// <summary>Shows sequences that begin with a prompt.</summary>
    public void Show(int[] prompt, IReadOnlyList<GeneratedSequence> sequences)
    {
        if (options.Json)
        {
            console.Verbatim(ToJson(prompt, sequences).ToJsonString());
            return;
        }

        foreach (var sequence in sequences)
        {
            console.Verbatim(tokenizer is null ? string.Join(',', sequence.Ids) : NewText(tokenizer, prompt, sequence));
        }
    }

    private JsonObject ToJson(int[] prompt, IReadOnlyList<GeneratedSequence> sequences)
    {
        var json = new JsonObject
        {
            ["sequences"] = JsonSerializer.SerializeToNode(sequences.Select(sequence => sequence.Ids)),
            ["scores"] = JsonSerializer.SerializeToNode(sequences.Select(sequence => sequence.Score)),
        };
        if (tokenizer is not null)
        {
            json["texts"] = JsonSerializer.SerializeToNode(
                sequences.Select(sequence => NewText(tokenizer, prompt, sequence)));
        }

        return json;
    }

    private static string NewText(TextTokenizer tokenizer, int[] prompt, GeneratedSequence sequence)
    {
        // What a token looks like depends on those before it: the prompt is decoded too, and left out.
        var stream = new TokenStream(tokenizer);
        foreach (int id in prompt)
        {
            stream.Push(id);
        }

        return (string.Concat(sequence.Ids.Skip(prompt.Length).Select(id => stream.Push(id))) + stream.Flush()).Trim();
    }
}
