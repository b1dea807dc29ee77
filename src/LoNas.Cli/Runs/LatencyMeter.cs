using System.Diagnostics;
using LoNas.Adapters;
using LoNas.Cli.Output;
using LoNas.Generation;
using LoNas.Runtime;
using LoNas.Search;

namespace LoNas.Cli.Runs;

/// <summary>Measures how long a session's model takes with a sub-adapter.</summary>
internal sealed class LatencyMeter
{
    /// <summary>Tokens of an answer.</summary>
    public const int NewTokens = 32;

    /// <summary>Steps that are timed; each costs the same.</summary>
    private const int TimedSteps = 8;

    /// <summary>Turns of each candidate: on a busy machine one of many is undisturbed.</summary>
    private const int Rounds = 15;

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

    /// <summary>The table in a file, or a new one that is written there.</summary>
    public LatencyTable Table(string path, ConsoleReporter console, CancellationToken cancel)
    {
        var space = _session.Adapter.Space!;
        if (File.Exists(path))
        {
            return LatencyTable.Load(path, space);
        }

        var table = Measure(console, cancel);
        table.Save(path);
        return table;
    }

    /// <summary>A new table.</summary>
    public LatencyTable Measure(ConsoleReporter console, CancellationToken cancel)
    {
        var space = _session.Adapter.Space!;
        int candidates = 1 + LatencyKind.GroupsOf(space).Sum(groups => space.Groups[groups[0]].Widths.Count - 1);
        int done = 0;
        using var bar = console.StartBar("measuring latency", candidates * Rounds);
        return LatencyTable.Measure(space, _prompt.Length, NewTokens, Rounds, TimedSteps, (subAdapter, tokens) =>
        {
            bar.Update(++done);
            return Milliseconds(subAdapter, tokens, cancel);
        });
    }

    /// <summary>Milliseconds of a prompt and its answer, token by token.</summary>
    public double[] Whole(IReadOnlyList<SubAdapter> subAdapters, ConsoleReporter console, CancellationToken cancel)
    {
        int done = 0;
        using var bar = console.StartBar("measuring whole models", subAdapters.Count * Rounds);
        return [.. LatencyTable.Fastest(subAdapters, Rounds, NewTokens, (subAdapter, tokens) =>
        {
            bar.Update(++done);
            return Milliseconds(subAdapter, tokens, cancel);
        }).Select(turn => turn.Sum())];
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
