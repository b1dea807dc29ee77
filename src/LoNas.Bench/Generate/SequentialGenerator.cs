using LoNas.Generation;
using LoNas.Models;
using LoNas.Models.Attention;
using LoNas.Runtime;
using static TorchSharp.torch;

namespace LoNas.Bench.Generate;

/// <summary>
/// Generation as the reference does it: one prompt at a time, the prompt run once for every beam, and a beam's row of
/// the cache copied where beams change places. Results equal those of <see cref="TextGenerator"/>, which is measured
/// against it.
/// </summary>
internal static class SequentialGenerator
{
    /// <summary>Generates from one prompt, greedily or with beams.</summary>
    /// <param name="model">The model, in evaluation mode.</param>
    /// <param name="prompt">At least one token.</param>
    /// <param name="options">How, without sampling.</param>
    /// <param name="cancel">Stops between two tokens.</param>
    /// <returns>The best sequences, best first.</returns>
    /// <exception cref="ArgumentException">
    /// An empty prompt, options that contradict each other, or sampling.
    /// </exception>
    public static IReadOnlyList<GeneratedSequence> Generate(
        ICausalModel model, int[] prompt, GenerationOptions options, CancellationToken cancel = default)
    {
        options.Validate(model.CacheShape.VocabularySize);
        if (prompt.Length == 0 || options.Sampling is not null)
        {
            throw new ArgumentException(
                "The sequential generator takes a prompt of at least one token, and no sampling");
        }

        if (options.MaxNewTokens == 0)
        {
            return [new GeneratedSequence(prompt, 0)];
        }

        using var evaluation = no_grad();
        IDecoding decoding = options.BeamCount == 1
            ? new TokenByToken(prompt, options, null, null)
            : new BeamState(prompt, options);
        using var rows = new BeamRows(model, options.BeamCount, prompt.Length + options.MaxNewTokens);
        for (int made = 0; made < options.MaxNewTokens && !decoding.IsDone; made++)
        {
            cancel.ThrowIfCancellationRequested();
            int[] ids = made == 0
                ? [.. Enumerable.Repeat(prompt, options.BeamCount).SelectMany(row => row)]
                : decoding.LastTokens;
            rows.Step(ids, decoding);
        }

        return decoding.Finish();
    }

    /// <summary>
    /// A cache with two rows for each beam: beams that change places are copied from the one half to the other.
    /// </summary>
    private sealed class BeamRows(ICausalModel model, int beams, int capacity) : IDisposable
    {
        private readonly KvCache _cache = new(model.CacheShape, 2 * beams, capacity);
        private int _length;
        private int _first;

        public void Step(int[] ids, IDecoding decoding)
        {
            using var scope = NewDisposeScope();
            var inputIds = DeviceTensors.Of([.. ids.Select(id => (long)id)], model.Device).view(beams, -1); // [K, T]
            int count = (int)inputIds.shape[1];
            var lengths = Enumerable.Repeat((long)_length + count, beams).ToArray();
            using var step = CacheStep.Following(_length, count, lengths, _first, model.Device);
            _length += count;
            var hidden = model.HiddenStates(inputIds, TokenPlaces.Behind(_cache, step)); // [K, T, H]
            var logits = StepLogits.Of(model.Logits(hidden.select(1, -1)), decoding.Candidates); // [K, V]
            decoding.Step(new LogitRows(logits, 0, logits.Count));
            Follow(decoding.Parents);
        }

        public void Dispose() => _cache.Dispose();

        private void Follow(int[] parents)
        {
            if (parents.Where((parent, row) => parent != row).Any())
            {
                int other = _first == 0 ? beams : 0;
                for (int row = 0; row < parents.Length; row++)
                {
                    _cache.CopyRow(_first + parents[row], other + row, _length);
                }

                _first = other;
            }
        }
    }
}
