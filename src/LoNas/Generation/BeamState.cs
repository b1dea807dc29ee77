namespace LoNas.Generation;

/// <summary>
/// The bookkeeping of beam search for one prompt, on plain arrays: Transformers' BeamSearchScorer. A step takes the 2 K
/// best continuations; those that end become hypotheses if they rank among the first K, the best K others run on.
/// </summary>
internal sealed class BeamState : IDecoding
{
    private readonly GenerationOptions _options;
    private readonly int _promptLength;
    private readonly List<Hypothesis> _finished = [];
    private int[][] _beams;

    public BeamState(int[] prompt, GenerationOptions options)
    {
        _options = options;
        _promptLength = prompt.Length;
        _beams = [.. Enumerable.Repeat(prompt, options.BeamCount)];
        // All beams start equal: only the first may be continued in the first step.
        Scores = [0, .. Enumerable.Repeat(-1e9, options.BeamCount - 1)];
        Parents = new int[options.BeamCount];
    }

    /// <summary>Sum of log-probabilities of each running beam.</summary>
    public double[] Scores { get; private set; }

    /// <inheritdoc/>
    public int Width => _options.BeamCount;

    /// <inheritdoc/>
    public IReadOnlyList<int[]> Open => _beams;

    /// <inheritdoc/>
    public IReadOnlyList<IReadOnlyList<int>> Running => _beams;

    /// <inheritdoc/>
    public IEnumerable<int[]> Ended => _finished.Select(hypothesis => hypothesis.Ids);

    /// <inheritdoc/>
    public int[] Parents { get; private set; }

    /// <inheritdoc/>
    public bool IsDone { get; private set; }

    /// <inheritdoc/>
    public int[] LastTokens => [.. _beams.Select(beam => beam[^1])];

    /// <inheritdoc/>
    public int? Candidates => Most;

    /// <summary>Each beam may end in every end token, and as many as there are beams must go on.</summary>
    private int Most => Math.Max(2, 1 + _options.EosIds.Count) * _options.BeamCount;

    /// <inheritdoc/>
    public void Step(LogitRows logits)
    {
        int most = Most;
        var candidates = new List<(int Beam, int Token, double Score)>(logits.Count * most);
        for (int beam = 0; beam < logits.Count; beam++)
        {
            var top = logits.Best(beam, most);
            double rest = Scores[beam] - logits.LogSum(beam, top[0].Logit);
            candidates.AddRange(top.Select(best => (beam, best.Token, rest + best.Logit)));
        }

        // A stable order: of equal scores the lower beam and token come first.
        Step([.. candidates.OrderByDescending(candidate => candidate.Score).Take(most)]);
    }

    /// <summary>Takes the 2 K best continuations, best first.</summary>
    internal void Step(IReadOnlyList<(int Beam, int Token, double Score)> candidates)
    {
        int width = _options.BeamCount;
        int length = _beams[0].Length + 1;
        var next = new List<(int Beam, int Token, double Score)>(width);
        for (int rank = 0; rank < candidates.Count && next.Count < width; rank++)
        {
            var candidate = candidates[rank];
            if (!_options.EosIds.Contains(candidate.Token))
            {
                next.Add(candidate);
            }
            else if (rank < width)
            {
                double score = Normalise(candidate.Score, length - 1, ended: true);
                Keep(new Hypothesis(_beams[candidate.Beam], score, Ended: true));
            }
        }

        IsDone = IsFinal(candidates[0].Score, length);
        _beams = [.. next.Select(beam => (int[])[.. _beams[beam.Beam], beam.Token])];
        Scores = [.. next.Select(beam => beam.Score)];
        Parents = [.. next.Select(beam => beam.Beam)];
    }

    /// <summary>The best sequences, best first; running beams count as they are unless the search had ended.</summary>
    public IReadOnlyList<GeneratedSequence> Finish()
    {
        for (int beam = 0; !IsDone && beam < _beams.Length; beam++)
        {
            Keep(new Hypothesis(_beams[beam], Normalise(Scores[beam], _beams[beam].Length), Ended: false));
        }

        IsDone = true;
        return [.. _finished.OrderByDescending(hypothesis => hypothesis.Score).Take(_options.ReturnCount)
            .Select(hypothesis => new GeneratedSequence(WithEnd(hypothesis), hypothesis.Score))];
    }

    /// <param name="score">Sum of log-probabilities.</param>
    /// <param name="length">Prompt and generated tokens without the end token.</param>
    /// <param name="ended">Whether the end token follows.</param>
    private double Normalise(double score, int length, bool ended = false)
    {
        int counted = _options.Length == BeamLength.Whole ? length : length - _promptLength + (ended ? 1 : 0);
        return score / Math.Pow(counted, _options.LengthPenalty);
    }

    private int[] WithEnd(Hypothesis hypothesis) =>
        hypothesis.Ids.Length < _promptLength + _options.MaxNewTokens && _options.EosId is { } eos && hypothesis.Ended
            ? [.. hypothesis.Ids, eos]
            : hypothesis.Ids;

    private void Keep(Hypothesis hypothesis)
    {
        if (_finished.Count < _options.BeamCount)
        {
            _finished.Add(hypothesis);
            return;
        }

        var worst = _finished.MinBy(kept => kept.Score)!;
        if (hypothesis.Score > worst.Score)
        {
            _finished.Remove(worst);
            _finished.Add(hypothesis);
        }
    }

    private bool IsFinal(double bestRunning, int length)
    {
        if (IsDone || _finished.Count < _options.BeamCount)
        {
            return IsDone;
        }

        double worst = _finished.Min(kept => kept.Score);
        int longest = _promptLength + _options.MaxNewTokens;
        return _options.Stopping switch
        {
            BeamStopping.Early => true,
            BeamStopping.Heuristic => worst >= Normalise(bestRunning, length),
            // A positive penalty divides a negative sum by a growing length: the longest sequence has the best score.
            _ => worst >= Normalise(bestRunning, _options.LengthPenalty > 0 ? longest : length),
        };
    }

    /// <summary>A finished sequence without its end token.</summary>
    private sealed record Hypothesis(int[] Ids, double Score, bool Ended);
}
