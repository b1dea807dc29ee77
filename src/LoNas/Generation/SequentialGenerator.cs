using LoNas.Models;
using LoNas.Models.Attention;
using LoNas.Runtime;
using static TorchSharp.torch;

namespace LoNas.Generation;

/// <summary>
/// Generation as the reference does it: one prompt at a time, the prompt run once for every beam, and the cache copied
/// where beams change places. Results equal those of <see cref="TextGenerator"/>, which is measured against it.
/// </summary>
public static class SequentialGenerator
{
    /// <summary>Generates from one prompt, greedily or with beams.</summary>
    /// <param name="model">The model, in evaluation mode.</param>
    /// <param name="prompt">At least one token.</param>
    /// <param name="options">How, without sampling.</param>
    /// <param name="cancel">Stops between two tokens.</param>
    /// <returns>The best sequences, best first.</returns>
    /// <exception cref="ArgumentException">An empty prompt, options that contradict each other, or sampling.</exception>
    public static IReadOnlyList<GeneratedSequence> Generate(
        ICausalModel model, int[] prompt, GenerationOptions options, CancellationToken cancel = default)
    {
        options.Validate(model.CacheShape.VocabularySize);
        if (prompt.Length == 0 || options.Sampling is not null)
        {
            throw new ArgumentException("The sequential generator takes a prompt of at least one token, and no sampling");
        }

        if (options.MaxNewTokens == 0)
        {
            return [new GeneratedSequence(prompt, 0)];
        }

        using var evaluation = no_grad();
        IDecoding decoding = options.BeamCount == 1
            ? new TokenByToken(prompt, options, null, null)
            : new BeamState(prompt, options);
        using var cache = model.NewCache(options.BeamCount, prompt.Length + options.MaxNewTokens);
        for (int made = 0; made < options.MaxNewTokens && !decoding.IsDone; made++)
        {
            cancel.ThrowIfCancellationRequested();
            int[] ids = made == 0
                ? [.. Enumerable.Repeat(prompt, options.BeamCount).SelectMany(row => row)]
                : decoding.LastTokens;
            Step(model, cache, ids, decoding);
        }

        return decoding.Finish();
    }

    private static void Step(ICausalModel model, KvCache cache, int[] ids, IDecoding decoding)
    {
        using var scope = NewDisposeScope();
        var inputIds = DeviceTensors.Of([.. ids.Select(id => (long)id)], model.Device).view(cache.Rows, -1); // [K, T]
        var hidden = model.HiddenStates(inputIds, cache: cache);
        var logits = StepLogits.Of(model.Logits(hidden.select(1, -1)), decoding.Candidates); // [K, V]
        decoding.Step(new LogitRows(logits, 0, logits.Count));
        if (decoding.Parents.Length != cache.Rows || decoding.Parents.Where((parent, row) => parent != row).Any())
        {
            cache.SelectRows(DeviceTensors.Of([.. decoding.Parents.Select(parent => (long)parent)], model.Device));
        }
    }
}
