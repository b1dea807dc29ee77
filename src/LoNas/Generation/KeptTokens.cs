using System.Runtime.InteropServices;
using LoNas.Models;
using LoNas.Models.Attention;
using LoNas.Runtime;
using static TorchSharp.torch;

namespace LoNas.Generation;

/// <summary>
/// One sequence of tokens whose keys and values are kept: it grows at its end, and a further sequence goes on from what
/// both begin with, as if it were run from its beginning.
/// </summary>
internal sealed class KeptTokens(ICausalModel model) : IDisposable
{
    /// <summary>Tokens of one pass; between two passes a long prompt can be stopped.</summary>
    private const int PassTokens = 512;

    /// <summary>New tokens there is room for at first; more is made where it is needed.</summary>
    private const int FirstNewTokens = 64;

    private readonly List<int> _tokens = [];
    private KvCache? _cache;
    // Leading tokens that were run while no position was stretched.
    private int _unstretched;

    /// <summary>The tokens.</summary>
    public IReadOnlyList<int> Tokens => _tokens;

    /// <summary>Drops what a prompt can't go on from; its last token is run again for its logits.</summary>
    /// <returns>Tokens of the prompt that are kept.</returns>
    public int CutTo(ReadOnlySpan<int> prompt)
    {
        int common = CollectionsMarshal.AsSpan(_tokens).CommonPrefixLength(prompt[..^1]);
        bool isRenewed = model.RenewalLength is not null && _unstretched == 0;
        Keep(model.IsPrefixStable(prompt.Length) ? Math.Min(common, _unstretched)
            // Past the renewal all sequences agree again; otherwise each length stretches all positions its own way.
            : isRenewed && prompt.Length >= model.RenewalLength ? common
            : 0);
        return _tokens.Count;
    }

    /// <summary>Keeps the first tokens alone.</summary>
    public void Keep(int count)
    {
        _tokens.RemoveRange(count, _tokens.Count - count);
        _unstretched = Math.Min(_unstretched, count);
        if (_cache is not null)
        {
            _cache.Length = count;
        }
    }

    /// <summary>Runs what follows the kept tokens, long texts in passes.</summary>
    /// <param name="tokens">The tokens, at least one.</param>
    /// <param name="cancel">Stops between two passes; what was run is kept.</param>
    /// <returns>The final hidden state of the last one, [1, H]; the caller owns it.</returns>
    public Tensor Run(ReadOnlySpan<int> tokens, CancellationToken cancel = default)
    {
        int end = _tokens.Count + tokens.Length;
        while (tokens.Length > PassTokens && model.IsPrefixStable(end))
        {
            cancel.ThrowIfCancellationRequested();
            Pass(tokens[..PassTokens]).Dispose();
            tokens = tokens[PassTokens..];
        }

        cancel.ThrowIfCancellationRequested();
        return Pass(tokens);
    }

    public void Dispose() => _cache?.Dispose();

    private Tensor Pass(ReadOnlySpan<int> tokens)
    {
        int end = _tokens.Count + tokens.Length;
        if (_tokens.Count < model.RenewalLength && end >= model.RenewalLength && _tokens.Count > 0)
        {
            int[] all = [.. _tokens, .. tokens];
            Keep(0);
            return Pass(all);
        }

        using var scope = NewDisposeScope();
        try
        {
            _cache ??= new KvCache(model.CacheShape, 1, end + FirstNewTokens);
            var ids = new long[tokens.Length];
            for (int i = 0; i < ids.Length; i++)
            {
                ids[i] = tokens[i];
            }

            var inputIds = DeviceTensors.Of(ids, model.Device).unsqueeze(0); // [1, T]
            var hidden = model.HiddenStates(inputIds, cache: _cache); // [1, T, H]
            bool isStable = model.IsPrefixStable(end);
            _tokens.AddRange(tokens);
            _unstretched = isStable ? end : _unstretched;
            return hidden[0].narrow(0, ids.Length - 1, 1).MoveToOuterDisposeScope();
        }
        catch
        {
            // A pass that failed half-way may have left layers that do not belong together.
            _cache?.Dispose();
            _cache = null;
            Keep(0);
            throw;
        }
    }
}
