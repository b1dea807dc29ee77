using System.Diagnostics;
using System.Globalization;
using LoNas.Adapters;
using LoNas.Cli.Output;
using LoNas.Generation;
using LoNas.Runtime;
using LoNas.Search;
using TorchSharp;

namespace LoNas.Cli.Runs;

/// <summary>Measures how long a session's model takes with a sub-adapter.</summary>
internal sealed class LatencyMeter
{
    /// <summary>Tokens of an answer.</summary>
    public const int NewTokens = 32;

    /// <summary>Steps that are timed; each costs the same.</summary>
    private const int TimedSteps = 8;

    /// <summary>Least turns of each candidate, for large models; small ones have time for more.</summary>
    private const int LeastRounds = 3;

    private static readonly TimeSpan MeasuringTime = TimeSpan.FromSeconds(40);

    private readonly ModelSession _session;
    private readonly int[] _prompt;

    /// <param name="session">The model.</param>
    public LatencyMeter(ModelSession session)
    {
        _session = session;
        int length = session.Configuration?.SampleTokens ?? 256;
        var random = new SeededRandom(1);
        _prompt = [.. Enumerable.Range(0, length).Select(_ => random.Next((int)session.Folder.Config.VocabularySize))];
    }

    /// <summary>What a table depends on besides the search space.</summary>
    private Dictionary<string, string> Conditions => new()
    {
        ["model"] = ContentHash.OfModel(_session.Folder.Path),
        ["type"] = _session.DType.ToString(),
        ["threads"] = torch.get_num_threads().ToString(CultureInfo.InvariantCulture),
        ["prompt_tokens"] = _prompt.Length.ToString(CultureInfo.InvariantCulture),
        ["new_tokens"] = NewTokens.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>The table in a file, or a new one that is written there.</summary>
    public LatencyTable Table(string path, ConsoleReporter console, CancellationToken cancel)
    {
        var space = _session.Adapter.Space!;
        if (File.Exists(path))
        {
            return LatencyTable.Load(path, space, Conditions);
        }

        var table = Measure(console, cancel);
        table.Save(path);
        return table;
    }

    /// <summary>A new table.</summary>
    public LatencyTable Measure(ConsoleReporter console, CancellationToken cancel)
    {
        var space = _session.Adapter.Space!;
        return Timed("measuring latency", console, goesOn => LatencyTable.Measure(
            space, _prompt.Length, NewTokens, TimedSteps, goesOn,
            (subAdapter, tokens) => Milliseconds(subAdapter, tokens, cancel))) with
        { Conditions = Conditions };
    }

    /// <summary>Milliseconds of a prompt and its answer, token by token.</summary>
    public double[] Whole(IReadOnlyList<SubAdapter> subAdapters, ConsoleReporter console, CancellationToken cancel) =>
        [.. Timed("measuring whole models", console, goesOn => LatencyTable.Fastest(
            subAdapters, NewTokens, goesOn, (subAdapter, tokens) => Milliseconds(subAdapter, tokens, cancel)))
            .Select(turn => turn.Sum())];

    /// <summary>Shows how long a measurement has taken, and lets it go on for some rounds and some time.</summary>
    private static T Timed<T>(string name, ConsoleReporter console, Func<Func<int, bool>, T> measure)
    {
        long start = Stopwatch.GetTimestamp();
        using var bar = console.StartBar(name, (long)MeasuringTime.TotalSeconds);
        return measure(rounds =>
        {
            var elapsed = Stopwatch.GetElapsedTime(start);
            bar.Update((long)Math.Min(elapsed.TotalSeconds, MeasuringTime.TotalSeconds), $"{rounds} rounds");
            return rounds < LeastRounds || elapsed < MeasuringTime;
        });
    }

    /// <summary>Greedy decoding without an end token: the pass over the prompt gives the first token.</summary>
    private double[] Milliseconds(SubAdapter subAdapter, int tokens, CancellationToken cancel)
    {
        using var active = _session.Adapter.Use(subAdapter);
        var times = new List<double>(tokens);
        long last = Stopwatch.GetTimestamp();
        TextGenerator.Generate(
            _session.Model, _prompt, new GenerationOptions { MaxNewTokens = tokens },
            _ =>
            {
                times.Add(Stopwatch.GetElapsedTime(last).TotalMilliseconds);
                last = Stopwatch.GetTimestamp();
            },
            cancel);
        return [.. times];
    }
}
