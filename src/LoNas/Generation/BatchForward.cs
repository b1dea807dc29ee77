using System.Runtime.ExceptionServices;
using LoNas.Models;
using LoNas.Models.Attention;
using LoNas.Runtime;
using static TorchSharp.torch;

namespace LoNas.Generation;

/// <summary>
/// The model's side of a batch: runs prompts and steps over a <see cref="KvCache"/> and hands out logits.
/// </summary>
internal sealed class BatchForward(ICausalModel model, int width, int rows, int longest, int newTokens) : IDisposable
{
    /// <summary>New tokens a row has room for at first; more is made where it is needed.</summary>
    private const int FirstNewTokens = 64;

    private readonly KvCache _cache =
        new(model.CacheShape, rows, longest + Math.Min(newTokens, FirstNewTokens) + (2 * width));

    public void Dispose() => _cache.Dispose();

    /// <summary>Runs the tokens that all prompts begin with.</summary>
    public void KeepPrefix(ReadOnlySpan<int> prefix)
    {
        using var scope = NewDisposeScope();
        _ = Hidden([prefix.ToArray()], 0, 0, prefix.Length);
        _cache.KeepPrefix(prefix.Length);
    }

    /// <summary>
    /// Runs prompts once each, into the rows from <paramref name="firstRow"/> on, and takes their first step.
    /// </summary>
    /// <param name="entering">The prompts.</param>
    /// <param name="firstRow">The first free row.</param>
    /// <param name="prefix">Tokens that were run by <see cref="KeepPrefix"/>.</param>
    public void Prefill(List<PromptRow> entering, int firstRow, int prefix)
    {
        using var scope = NewDisposeScope();
        int length = entering.Max(row => row.Prompt.Length) - prefix;
        if (prefix > 0)
        {
            _cache.CopyPrefix(firstRow, entering.Count);
        }

        var hidden = Hidden([.. entering.Select(row => row.Prompt[prefix..])], firstRow, prefix, length); // [B, T, H]
        var last = entering.Select((row, i) => ((long)i * length) + row.Prompt.Length - prefix - 1).ToArray();
        StepAll(entering, hidden.flatten(0, 1).index_select(0, DeviceTensors.Of(last, model.Device)), perRow: 1);
    }

    /// <summary>Runs the last tokens of all running sequences and takes the next step.</summary>
    public void Step(List<PromptRow> active)
    {
        using var scope = NewDisposeScope();
        for (int row = 0; row < active.Count; row++)
        {
            // Its next token makes it so long that all of its tokens are placed otherwise.
            if (active[row].Slots.Position + 2 == model.RenewalLength)
            {
                Renew(active[row], row);
            }
        }

        using var step = StepPlaces.Take(active, width, _cache, model);
        var ids = new long[active.Count * width];
        for (int row = 0; row < active.Count; row++)
        {
            var tokens = active[row].Decoding.LastTokens;
            for (int i = 0; i < tokens.Length; i++)
            {
                ids[(row * width) + i] = tokens[i];
            }
        }

        var inputIds = DeviceTensors.Of(ids, model.Device).view(active.Count, width);
        var hidden = model.HiddenStates(inputIds, TokenPlaces.Behind(_cache, step)); // [B, K, H]
        StepAll(active, hidden.flatten(0, 1), perRow: width);
    }

    /// <summary>Row <paramref name="to"/> is replaced by row <paramref name="from"/>.</summary>
    public void Move(List<PromptRow> active, int from, int to)
    {
        if (from != to)
        {
            _cache.CopyRow(from, to, active[from].Slots.Width);
            active[to] = active[from];
        }
    }

    /// <summary>Runs all tokens of a row again, each looking at its own past.</summary>
    private void Renew(PromptRow row, int index)
    {
        using var scope = NewDisposeScope();
        using var step = StepPlaces.Again(row, index, model);
        var inputIds = DeviceTensors.Of(row.Slots.Tokens(row.Decoding.Running), model.Device).unsqueeze(0);
        _ = model.HiddenStates(inputIds, TokenPlaces.Behind(_cache, step));
    }

    private Tensor Hidden(int[][] prompts, int firstRow, int past, int length)
    {
        // Pads follow on the right, where no real token looks; the slots they fill are written again later.
        var ids = new long[prompts.Length * length];
        for (int row = 0; row < prompts.Length; row++)
        {
            for (int i = 0; i < prompts[row].Length; i++)
            {
                ids[(row * length) + i] = prompts[row][i];
            }
        }

        using var step = CacheStep.Following(
            past, length, [.. prompts.Select(prompt => (long)past + prompt.Length)], firstRow, model.Device);
        var inputIds = DeviceTensors.Of(ids, model.Device).view(prompts.Length, length);
        return model.HiddenStates(inputIds, TokenPlaces.Behind(_cache, step)); // [B, T, H]
    }

    /// <param name="active">The rows that take a step.</param>
    /// <param name="hidden">[rows * perRow, H].</param>
    /// <param name="perRow">Sequences of a row.</param>
    private void StepAll(List<PromptRow> active, Tensor hidden, int perRow)
    {
        var logits = StepLogits.Of(model.Logits(hidden), active[0].Decoding.Candidates); // [B * K, V]
        try
        {
            Parallel.For(0, active.Count, row => active[row].Step(new LogitRows(logits, row * perRow, perRow)));
        }
        catch (AggregateException error)
        {
            // Of several rows that fail alike, one says it.
            ExceptionDispatchInfo.Throw(error.InnerExceptions[0]);
        }
    }
}
