namespace LoNas.Generation;

/// <summary>Greedy decoding, or independent samples of one prompt.</summary>
internal sealed class TokenByToken : IDecoding
{
    private readonly List<int>[] _sequences;
    private readonly bool[] _ended;
    private readonly GenerationOptions _options;
    private readonly TokenSampler[]? _samplers;
    private readonly Action<int>? _onToken;

    /// <param name="prompt">The prompt.</param>
    /// <param name="options">How.</param>
    /// <param name="samplers">One for each returned sequence; null takes the best token.</param>
    /// <param name="onToken">Told the first sequence's tokens.</param>
    public TokenByToken(int[] prompt, GenerationOptions options, TokenSampler[]? samplers, Action<int>? onToken)
    {
        (_options, _samplers, _onToken) = (options, samplers, onToken);
        Width = samplers?.Length ?? 1;
        _sequences = [.. Enumerable.Range(0, Width).Select(_ => new List<int>(prompt))];
        _ended = new bool[Width];
        Parents = [.. Enumerable.Range(0, Width)];
    }

    /// <inheritdoc/>
    public int Width { get; }

    /// <inheritdoc/>
    public int[] LastTokens => [.. _sequences.Select(sequence => sequence[^1])];

    /// <inheritdoc/>
    public IReadOnlyList<IReadOnlyList<int>> Running => _sequences;

    /// <inheritdoc/>
    public int[] Parents { get; }

    /// <inheritdoc/>
    public bool IsDone => Array.TrueForAll(_ended, ended => ended);

    /// <inheritdoc/>
    public IReadOnlyList<int[]> Open => [.. Where(ended: false)];

    /// <inheritdoc/>
    public IEnumerable<int[]> Ended => Where(ended: true);

    /// <inheritdoc/>
    public int? Candidates => _samplers is null ? 1 : _samplers[0].Candidates;

    /// <inheritdoc/>
    public void Step(LogitRows logits)
    {
        for (int i = 0; i < Width; i++)
        {
            if (_ended[i])
            {
                continue;
            }

            int row = Math.Min(i, logits.Count - 1);
            int token = _samplers is null ? logits.Best(row, 1)[0].Token : _samplers[i].Draw(logits, row);
            _sequences[i].Add(token);
            _ended[i] = _options.EosIds.Contains(token);
            if (i == 0)
            {
                _onToken?.Invoke(token);
            }
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<GeneratedSequence> Finish() =>
        [.. _sequences.Select(sequence => new GeneratedSequence([.. sequence], 0))];

    private IEnumerable<int[]> Where(bool ended) =>
        _sequences.Where((_, i) => _ended[i] == ended).Select(sequence => sequence.ToArray());
}
