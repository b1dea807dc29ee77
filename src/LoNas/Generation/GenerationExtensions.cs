using LoNas.Generation;
using LoNas.Text;

namespace LoNas;

/// <summary>Generation from the front door.</summary>
public static class GenerationExtensions
{
    private const int DefaultNewTokens = 128;

    /// <summary>
    /// Answers an instruction with the model as it is cut now, in the template that it was trained with.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="instruction">The task, such as a question.</param>
    /// <param name="options">
    /// How; null is greedy with at most 128 new tokens. Where it names no end tokens, the model's own end the answer.
    /// </param>
    /// <param name="onText">Called with each piece of the answer as it comes; not with beams.</param>
    /// <param name="cancel">Stops between two tokens.</param>
    /// <returns>The answer alone.</returns>
    public static string Generate(
        this ElasticModel model,
        string instruction,
        GenerationOptions? options = null,
        Action<string>? onText = null,
        CancellationToken cancel = default)
    {
        var how = options ?? new GenerationOptions { MaxNewTokens = DefaultNewTokens };
        how = how.EosIds.Count > 0 ? how : how with { EosIds = model.EosIds };
        int[] prompt = model.Tokenizer.Encode(
            PromptTemplate.Evaluation(instruction, input: "", PromptTemplate.MathIndent));

        // What a token looks like depends on those before it: the prompt goes through the decoder too.
        var shown = new TokenStream(model.Tokenizer);
        var answer = new TokenStream(model.Tokenizer);
        foreach (int id in prompt)
        {
            shown.Push(id);
            answer.Push(id);
        }

        var sequence = TextGenerator.Generate(
            model.Causal, prompt, how, onText is null ? null : id => onText(shown.Push(id)), cancel)[0];
        onText?.Invoke(shown.Flush());
        return (string.Concat(sequence.Ids.Skip(prompt.Length).Select(id => answer.Push(id))) + answer.Flush()).Trim();
    }
}
