using System.Diagnostics;
using System.Text;

namespace LoNas.MutationTests.Mutations;

/// <summary>
/// Reads damaged files of one format. Each is read, or refused by one of the two documented exceptions with a message
/// of reasonable length, within two seconds, and takes little more memory than the file is long.
/// </summary>
/// <param name="format">Its name.</param>
/// <param name="mostMemory">What a file may take whatever its length; null: little.</param>
internal sealed class MutationRun(string format, long? mostMemory = null)
{
    private const int LongestMessage = 16_384;
    private const int MostFailures = 10;

    // The fixed cost of opening a file: paths, streams, small tables, a regular expression.
    private const long FixedAllocation = 4 << 20;
    private const int AllocationTimes = 4;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);
    private static readonly Lock ReportLock = new();

    private readonly List<string> _failures = [];
    private readonly MutationFigures _figures = new();

    /// <summary>Runs all cases and fails with the list of those that broke a rule.</summary>
    /// <param name="samples">The files to damage, in turn.</param>
    public void Check(IReadOnlyList<Sample> samples)
    {
        foreach (var sample in samples)
        {
            // One-time costs, such as compilation and caches, are not caused by an input.
            File.WriteAllBytes(sample.Path, sample.Make(Numbers(-1)));
            Measure(sample);
        }

        var cases = MutationSettings.OnlyCase is { } only ? [only] : Enumerable.Range(0, MutationSettings.Inputs);
        foreach (int number in cases.TakeWhile(_ => _failures.Count < MostFailures))
        {
            var sample = samples[number % samples.Count];
            var bytes = sample.Make(Numbers(number));
            File.WriteAllBytes(sample.Path, bytes);
            Judge(number, sample, bytes.Length);
        }

        var line = _figures.Line(format);
        TestContext.Current.TestOutputHelper?.WriteLine(line);
        AddToReport(line);
        Assert.True(_failures.Count == 0, string.Join("\n\n", _failures));
        if (MutationSettings.OnlyCase is null && MutationSettings.Inputs >= 1000)
        {
            // If all inputs were accepted, or all refused, the test would show little.
            Assert.InRange(_figures.Refused, _figures.Inputs / 50, _figures.Inputs - (_figures.Inputs / 50));
        }
    }

    // Random takes any seed; the formats and cases must not share theirs.
    private Random Numbers(int number)
    {
        uint hash = 2166136261;
        foreach (byte value in Encoding.UTF8.GetBytes($"{MutationSettings.Seed} {format} {number}"))
        {
            hash = (hash ^ value) * 16777619;
        }

        return new Random((int)(hash & int.MaxValue));
    }

    private void Judge(int number, Sample sample, long length)
    {
        var (error, time, allocated) = Measure(sample);
        if (MutationSettings.OnlyCase is not null)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"{format}, case {number}: {error?.ToString() ?? "read"}");
        }

        if (time > Longest)
        {
            // A busy machine can stop any program for seconds, but hardly twice at the same input.
            time = Measure(sample).Time;
        }

        _figures.Add(number, length, error is not null, time, allocated);
        var problem = error?.GetType() is { } type && type != typeof(InvalidDataException)
            && type != typeof(ArgumentException)
            ? $"threw {error}"
            : error?.Message.Length > LongestMessage
                ? $"has a message of {error.Message.Length} characters: {error.Message[..300]}"
            : error is not null && string.IsNullOrWhiteSpace(error.Message) ? "has no message"
            : time > Longest ? $"took {time.TotalSeconds:0.0} s"
            : allocated > (AllocationTimes * length) + (mostMemory ?? FixedAllocation) ? $"allocated {allocated} bytes"
            : null;
        if (problem is not null)
        {
            _failures.Add(
                $"{format}: case {number} of seed {MutationSettings.Seed} ({Path.GetFileName(sample.Path)}, {length} "
                + $"bytes; rerun with LONAS_MUTATION_SEED={MutationSettings.Seed} "
                + $"LONAS_MUTATION_CASE={number}) {problem}");
        }
    }

    private static (Exception? Error, TimeSpan Time, long Allocated) Measure(Sample sample)
    {
        Exception? error = null;
        long before = GC.GetAllocatedBytesForCurrentThread();
        long start = Stopwatch.GetTimestamp();
        try
        {
            sample.Read(sample.Path);
        }
        catch (Exception thrown)
        {
            error = thrown;
        }

        return (error, Stopwatch.GetElapsedTime(start), GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void AddToReport(string line)
    {
        if (MutationSettings.Report is { } path)
        {
            lock (ReportLock)
            {
                File.AppendAllText(path, line + "\n");
            }
        }
    }
}
