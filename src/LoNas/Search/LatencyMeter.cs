using System.Diagnostics;
using System.Globalization;
using LoNas.Elastic;
using LoNas.Generation;
using LoNas.Opening;
using LoNas.Runtime;
using TorchSharp;

namespace LoNas.Search;

/// <summary>Measures how long a model takes with a sub-adapter.</summary>
public sealed class LatencyMeter
{
    /// <summary>Tokens of an answer.</summary>
    public const int NewTokens = 32;

    /// <summary>Steps that are timed; each costs the same.</summary>
    private const int TimedSteps = 8;

    /// <summary>Least turns of each candidate, for large models; small ones have time for more.</summary>
    private const int LeastRounds = 3;

    private static readonly TimeSpan MeasuringTime = TimeSpan.FromSeconds(40);

    private readonly ElasticModel _model;
    private readonly int[] _prompt;

    /// <param name="model">The model.</param>
    public LatencyMeter(ElasticModel model)
    {
        _model = model;
        int length = model.SampleTokens;
        var random = new SeededRandom(1);
        _prompt = [.. Enumerable.Range(0, length).Select(_ => random.Next((int)model.Folder.Config.VocabularySize))];
    }

    /// <summary>What a table depends on besides the search space.</summary>
    private Dictionary<string, string> Conditions => new()
    {
        ["model"] = ContentHash.OfModel(_model.Folder.Path),
        ["type"] = _model.DType.ToString(),
        ["device"] = _model.Device.ToString(),
        ["threads"] = torch.get_num_threads().ToString(CultureInfo.InvariantCulture),
        ["prompt_tokens"] = _prompt.Length.ToString(CultureInfo.InvariantCulture),
        ["new_tokens"] = NewTokens.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>The table in a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="anyMachine">Whether another machine may have measured it.</param>
    /// <exception cref="InvalidDataException">It is damaged, or was measured otherwise.</exception>
    public LatencyTable Load(string path, bool anyMachine) =>
        LatencyTable.Load(path, _model.Space!, Conditions, anyMachine ? ["device", "threads"] : []);

    /// <summary>A new table.</summary>
    public LatencyTable Measure(Action<LatencyProgress>? report = null, CancellationToken cancel = default) =>
        Measure([], report, cancel).Table;

    /// <summary>
    /// A new table, and the milliseconds that some sub-adapters take for a prompt and its answer. All take turns with
    /// one another: a machine's pace differs more from one minute to the next than sub-adapters do.
    /// </summary>
    public (LatencyTable Table, double[] Whole) Measure(
        IReadOnlyList<SubAdapter> whole, Action<LatencyProgress>? report, CancellationToken cancel)
    {
        var space = _model.Space!;
        var candidates = LatencyMeasurement.Candidates(space);
        var turns = Turns(
            [.. candidates.Select(candidate => (candidate, 1 + TimedSteps)), .. whole.Select(one => (one, NewTokens))],
            whole.Count == 0 ? MeasuringTime : 3 * MeasuringTime, report, cancel);
        var table = LatencyMeasurement.ToTable(space, _prompt.Length, NewTokens, turns.Of(..candidates.Count));
        return (
            table with { Conditions = Conditions },
            [.. turns.All.Skip(candidates.Count).Select(turn => turn.Sum())]);
    }

    /// <summary>
    /// Lets sub-adapters take turns for some rounds and some time, and shows how long that has taken.
    /// </summary>
    private FastestTurns Turns(
        IReadOnlyList<(SubAdapter SubAdapter, int Tokens)> subAdapters, TimeSpan time, Action<LatencyProgress>? report,
        CancellationToken cancel)
    {
        long start = Stopwatch.GetTimestamp();
        return LatencyMeasurement.Fastest(
            subAdapters,
            rounds =>
            {
                var elapsed = Stopwatch.GetElapsedTime(start);
                report?.Invoke(new LatencyProgress(elapsed, time, rounds));
                return rounds < LeastRounds || elapsed < time;
            },
            (subAdapter, tokens) => Milliseconds(subAdapter, tokens, cancel));
    }

    /// <summary>Greedy decoding without an end token: the pass over the prompt gives the first token.</summary>
    private double[] Milliseconds(SubAdapter subAdapter, int tokens, CancellationToken cancel)
    {
        using var active = _model.Adapter.Use(subAdapter);
        var times = new List<double>(tokens);
        long last = Stopwatch.GetTimestamp();
        TextGenerator.Generate(
            _model.Causal, _prompt, new GenerationOptions { MaxNewTokens = tokens },
            _ =>
            {
                times.Add(Stopwatch.GetElapsedTime(last).TotalMilliseconds);
                last = Stopwatch.GetTimestamp();
            },
            cancel);
        return [.. times];
    }
}

/// <summary>How far a measurement of latency is.</summary>
/// <param name="Elapsed">Time so far.</param>
/// <param name="Planned">Time that it is to take; large models need more.</param>
/// <param name="Rounds">Turns that every candidate has had.</param>
public sealed record LatencyProgress(TimeSpan Elapsed, TimeSpan Planned, int Rounds);
