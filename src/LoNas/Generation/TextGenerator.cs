using LoNas.Models;
using static TorchSharp.torch;

namespace LoNas.Generation;

/// <summary>One generated sequence.</summary>
/// <param name="Ids">Prompt and generated tokens, the end token included when it came.</param>
/// <param name="Score">Log-probability divided by length^penalty for beam search; 0 for greedy decoding.</param>
public sealed record GeneratedSequence(int[] Ids, double Score);

/// <summary>
/// Greedy decoding, beam search and sampling over a cached causal model, many prompts at once. Each prompt has the
/// result of Transformers 4.31 for that prompt alone, whatever the batch and its order, ties of rounding aside.
/// </summary>
public static class TextGenerator
{
    /// <summary>Generates from one prompt.</summary>
    /// <param name="model">The model, in evaluation mode.</param>
    /// <param name="prompt">At least one token.</param>
    /// <param name="options">How.</param>
    /// <param name="onToken">Called with each token as it is chosen, the end token included; not with beams.</param>
    /// <param name="cancel">Stops between two tokens.</param>
    /// <returns>The best sequences, best first; those of sampling in the order of their seeds.</returns>
    /// <exception cref="ArgumentException">An empty prompt, or options that contradict each other.</exception>
    public static IReadOnlyList<GeneratedSequence> Generate(
        ICausalModel model,
        int[] prompt,
        GenerationOptions options,
        Action<int>? onToken = null,
        CancellationToken cancel = default) =>
        GenerateAll(model, [prompt], options, new BatchOptions { OnToken = onToken }, cancel)[0];

    /// <summary>Generates from many prompts.</summary>
    /// <param name="model">The model, in evaluation mode.</param>
    /// <param name="prompts">Each at least one token; no prompts give no results.</param>
    /// <param name="options">How.</param>
    /// <param name="batch">How many at once, and who is told of results.</param>
    /// <param name="cancel">Stops between two tokens.</param>
    /// <returns>For each prompt, in the order given, its best sequences, best first.</returns>
    /// <exception cref="ArgumentException">An empty prompt, or options that contradict each other.</exception>
    public static IReadOnlyList<IReadOnlyList<GeneratedSequence>> GenerateAll(
        ICausalModel model,
        IReadOnlyList<int[]> prompts,
        GenerationOptions options,
        BatchOptions? batch = null,
        CancellationToken cancel = default)
    {
        var results = new IReadOnlyList<GeneratedSequence>[prompts.Count];
        for (int i = 0; i < prompts.Count; i++)
        {
            if (prompts[i].Length == 0)
            {
                throw new ArgumentException($"Prompt {i} is empty; expected at least one token, such as BOS");
            }
        }

        options.Validate(model.CacheShape.VocabularySize);
        if (batch?.Size < 1)
        {
            throw new ArgumentException($"The batch size is {batch.Size}; expected at least 1");
        }

        if (prompts.Count == 0 || options.MaxNewTokens == 0)
        {
            return [.. prompts.Select((prompt, i) => Told(i, [new GeneratedSequence(prompt, 0)]))];
        }

        // Not inference mode: what the model caches on its first call, such as rotary tables, may be used in training
        // later.
        using var evaluation = no_grad();
        using var run = new BatchRun(model, prompts, options, batch ?? new BatchOptions());
        run.Execute((index, sequences) => results[index] = Told(index, sequences), cancel);
        return results;

        IReadOnlyList<GeneratedSequence> Told(int index, IReadOnlyList<GeneratedSequence> sequences)
        {
            batch?.OnDone?.Invoke(index, sequences);
            return sequences;
        }
    }
}
