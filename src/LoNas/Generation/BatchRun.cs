using LoNas.Models;
using LoNas.Runtime;

namespace LoNas.Generation;

/// <summary>
/// One pass over many prompts. The longest go first, so that rows get free for shorter ones; a finished prompt leaves,
/// and waiting ones take its place.
/// </summary>
internal sealed class BatchRun : IDisposable
{
    /// <summary>A shorter common beginning is not worth a pass of its own.</summary>
    private const int ShortestPrefix = 8;

    /// <summary>Tokens of one pass over waiting prompts: enough to keep the processor busy, or a GPU.</summary>
    private const int PrefillTokens = 1024;

    private const int DevicePrefillTokens = 8192;

    private readonly IReadOnlyList<int[]> _prompts;
    private readonly GenerationOptions _options;
    private readonly BatchOptions _batch;
    private readonly Queue<int> _waiting;
    private readonly List<PromptRow> _rows = [];
    private readonly BatchForward _forward;
    private readonly int _size;
    private readonly int _prefix;
    private readonly int _prefillTokens;

    public BatchRun(ICausalModel model, IReadOnlyList<int[]> prompts, GenerationOptions options, BatchOptions batch)
    {
        (_prompts, _options, _batch) = (prompts, options, batch);
        _waiting = new Queue<int>(Enumerable.Range(0, prompts.Count).OrderByDescending(index => prompts[index].Length));
        int width = options.Sampling is null ? options.BeamCount : options.ReturnCount;
        int longest = prompts.Max(prompt => prompt.Length);
        _size = Math.Min(prompts.Count, batch.Size ?? BatchSize.Choose(model, longest, options.MaxNewTokens, width));
        _prefillTokens = model.Device.type == TorchSharp.DeviceType.CPU ? PrefillTokens : DevicePrefillTokens;
        _forward = new BatchForward(model, width, _size, longest, options.MaxNewTokens);
        int common = CommonPrefix(prompts);
        _prefix = common >= ShortestPrefix && model.IsPrefixStable(longest + options.MaxNewTokens) ? common : 0;
    }

    /// <summary>Generates from every prompt.</summary>
    /// <param name="onDone">Given each prompt's index and its sequences as soon as they are final.</param>
    /// <param name="cancel">Stops between two tokens.</param>
    public void Execute(Action<int, IReadOnlyList<GeneratedSequence>> onDone, CancellationToken cancel)
    {
        if (_prefix > 0)
        {
            _forward.KeepPrefix(_prompts[0].AsSpan(0, _prefix));
        }

        while (_rows.Count > 0 || _waiting.Count > 0)
        {
            // A pass over one short prompt costs nearly what a pass over several does: a few free rows are awaited.
            while (_waiting.Count > 0 && (_rows.Count == 0 || _size - _rows.Count > _size / 16) && _rows.Count < _size)
            {
                cancel.ThrowIfCancellationRequested();
                Admit();
                Leave(onDone);
            }

            cancel.ThrowIfCancellationRequested();
            if (_rows.Count > 0)
            {
                _forward.Step(_rows);
                Leave(onDone);
            }
        }
    }

    public void Dispose() => _forward.Dispose();

    private static int CommonPrefix(IReadOnlyList<int[]> prompts)
    {
        // A prompt's last token stays its own: its logits are needed.
        int length = prompts.Count < 2 ? 0 : prompts.Min(prompt => prompt.Length) - 1;
        foreach (var prompt in prompts)
        {
            length = prompt.AsSpan(0, length).CommonPrefixLength(prompts[0].AsSpan(0, length));
        }

        return length;
    }

    private void Admit()
    {
        int length = _prompts[_waiting.Peek()].Length - _prefix;
        int most = Math.Clamp(_prefillTokens / length, 1, _size - _rows.Count);
        var entering = new List<PromptRow>();
        while (entering.Count < most && _waiting.TryDequeue(out int index))
        {
            entering.Add(new PromptRow(index, _prompts[index], NewDecoding(index)));
        }

        _forward.Prefill(entering, _rows.Count, _prefix);
        _rows.AddRange(entering);
    }

    private IDecoding NewDecoding(int index)
    {
        if (_options.Sampling is not { } sampling)
        {
            return _options.BeamCount == 1
                ? new TokenByToken(_prompts[index], _options, null, _batch.OnToken)
                : new BeamState(_prompts[index], _options);
        }

        // A sequence's draws depend on its prompt's place alone, not on what else is in the batch.
        var seeds = new SeededRandom(unchecked(sampling.Seed + (index * 0x9E3779B9L)));
        return new TokenByToken(
            _prompts[index],
            _options,
            [.. Enumerable.Range(0, _options.ReturnCount)
                .Select(_ => new TokenSampler(sampling, new SeededRandom(seeds.NextSeed())))],
            _batch.OnToken);
    }

    private void Leave(Action<int, IReadOnlyList<GeneratedSequence>> onDone)
    {
        for (int row = _rows.Count - 1; row >= 0; row--)
        {
            var prompt = _rows[row];
            if (!prompt.Decoding.IsDone && prompt.Made < _options.MaxNewTokens
                && !(_batch.SettledAnswer is { } settled && prompt.IsSettled(settled)))
            {
                continue;
            }

            onDone(prompt.Index, prompt.Decoding.Finish());
            // The last row takes the free place, so that the busy ones stay together.
            _forward.Move(_rows, _rows.Count - 1, row);
            _rows.RemoveAt(_rows.Count - 1);
        }
    }
}
