using LoNas.Models;
using static TorchSharp.torch;

namespace LoNas.Generation;

/// <summary>
/// Greedy decoding and beam search over a cached causal model, one prompt at a time, with the results of Transformers
/// 4.31 for that prompt alone. The prompt is run once; its keys and values are then shared out to the beams.
/// </summary>
public static class TextGenerator
{
    /// <summary>Generates from one prompt.</summary>
    /// <param name="model">The model, in evaluation mode.</param>
    /// <param name="prompt">At least one token.</param>
    /// <param name="options">How.</param>
    /// <param name="onToken">Called with each token as greedy decoding chooses it, the end token included.</param>
    /// <param name="cancel">Stops between two tokens.</param>
    /// <returns>The best sequences, best first.</returns>
    /// <exception cref="ArgumentException">An empty prompt, or options that contradict each other.</exception>
    public static IReadOnlyList<GeneratedSequence> Generate(
        ICausalModel model,
        int[] prompt,
        GenerationOptions options,
        Action<int>? onToken = null,
        CancellationToken cancel = default)
    {
        Validate(prompt, options);
        if (options.MaxNewTokens == 0)
        {
            return [new GeneratedSequence(prompt, 0)];
        }

        // Not inference mode: what the model caches on its first call, such as rotary tables, may be used in training later.
        using var evaluation = no_grad();
        return options.BeamCount == 1
            ? [new GeneratedSequence(Greedy(model, prompt, options, onToken, cancel), 0)]
            : Beams(model, prompt, options, cancel);
    }

    private static void Validate(int[] prompt, GenerationOptions options)
    {
        if (prompt.Length == 0)
        {
            throw new ArgumentException("The prompt is empty; expected at least one token, such as BOS");
        }

        if (options.MaxNewTokens < 0 || options.BeamCount < 1 || options.ReturnCount < 1
            || options.ReturnCount > options.BeamCount)
        {
            throw new ArgumentException(
                $"max_new_tokens {options.MaxNewTokens} must not be negative, num_beams {options.BeamCount} must be at "
                + $"least 1 and num_return_sequences {options.ReturnCount} between 1 and num_beams");
        }
    }

    private static int[] Greedy(
        ICausalModel model, int[] prompt, GenerationOptions options, Action<int>? onToken, CancellationToken cancel)
    {
        var ids = new List<int>(prompt);
        using var cache = model.NewCache(1, prompt.Length + options.MaxNewTokens);
        int[] next = prompt;
        for (int made = 0; made < options.MaxNewTokens; made++)
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            int token = (int)LastLogits(model, next, 1, cache).argmax().item<long>();
            ids.Add(token);
            onToken?.Invoke(token);
            if (token == options.EosId)
            {
                break;
            }

            next = [token];
        }

        return [.. ids];
    }

    private static IReadOnlyList<GeneratedSequence> Beams(
        ICausalModel model, int[] prompt, GenerationOptions options, CancellationToken cancel)
    {
        var state = new BeamState(prompt, options);
        using var cache = model.NewCache(1, prompt.Length + options.MaxNewTokens);
        for (int made = 0; made < options.MaxNewTokens && !state.IsDone; made++)
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            if (made == 1)
            {
                cache.SelectRows(zeros(options.BeamCount, ScalarType.Int64));
            }
            else if (made > 1 && !IsIdentity(state.Parents))
            {
                cache.SelectRows(tensor(state.Parents.Select(parent => (long)parent).ToArray()));
            }

            var logits = made == 0
                ? LastLogits(model, prompt, 1, cache)
                : LastLogits(model, state.LastTokens, options.BeamCount, cache);
            state.Step(Best(logits, state.Scores, options.BeamCount));
        }

        return state.Finish();
    }

    /// <summary>The logits after each row's last token, [rows, vocabulary] float32.</summary>
    private static Tensor LastLogits(ICausalModel model, int[] ids, int rows, KvCache cache)
    {
        var inputIds = tensor(ids.Select(id => (long)id).ToArray()).view(rows, -1); // [B, T]
        var hidden = model.HiddenStates(inputIds, cache: cache);
        return model.Logits(hidden.select(1, -1)).to(ScalarType.Float32); // [B, V]
    }

    /// <summary>The 2 K best continuations over all beams, best first.</summary>
    private static (int Beam, int Token, double Score)[] Best(Tensor logits, double[] scores, int width)
    {
        long vocabulary = logits.shape[1];
        var running = tensor(scores.Take((int)logits.shape[0]).ToArray(), ScalarType.Float32).unsqueeze(1); // [B, 1]
        var total = (nn.functional.log_softmax(logits, -1) + running).flatten(); // [B * V]
        var (values, indices) = total.topk((int)Math.Min(2 * width, total.shape[0]));
        var best = values.data<float>().ToArray();
        return [.. indices.data<long>().ToArray().Select((index, rank) =>
            ((int)(index / vocabulary), (int)(index % vocabulary), (double)best[rank]))];
    }

    private static bool IsIdentity(int[] parents) => !parents.Where((parent, row) => parent != row).Any();
}
