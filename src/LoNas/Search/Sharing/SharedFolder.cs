using System.Text.Json.Nodes;
using LoNas.Storage;

namespace LoNas.Search.Sharing;

/// <summary>
/// Workers that meet in an output folder, on one machine or on a disk that several share. The journal is that of a
/// search by one process; a lock file guards it for the moment of a line.
/// </summary>
/// <param name="folder">The output folder.</param>
public sealed class SharedFolder(string folder) : ISearchWorkplace
{
    /// <summary>The folder of the workers at work, gone with the last of them.</summary>
    public const string Workers = "search_workers";

    /// <summary>Says of each evaluation who measured it.</summary>
    public const string MeasuredBy = "search_measured_by.jsonl";

    private const string JournalLock = "journal.lock";
    private const string LatencyLock = "latency.lock";

    /// <summary>The journal is held for milliseconds; on a shared disk a dead machine may hold it longer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    internal string JournalPath => Path.Combine(folder, SearchFiles.Journal);

    internal string WorkersPath => Path.Combine(folder, Workers);

    /// <inheritdoc/>
    public LatencyTable Latency(LatencySource source, CancellationToken cancel)
    {
        using var held = Take(LatencyLock, Timeout.InfiniteTimeSpan, cancel);
        if (File.Exists(source.Path))
        {
            return source.Load(source.Path, true);
        }

        var table = source.Measure();
        NoteMeasured(source.Worker, new JsonObject { ["latency_table"] = true });
        table.Save(source.Path!);
        return table;
    }

    /// <inheritdoc/>
    public ISharedResults Open(SharedSearch search, CancellationToken cancel) =>
        new SharedFolderResults(this, search);

    /// <summary>What the journal of a folder knows of a search, for workers that meet elsewhere.</summary>
    /// <param name="identity">What the search depends on.</param>
    /// <param name="problem">What an evaluation can't be; null where it is possible.</param>
    /// <returns>Genomes as text, with their objectives.</returns>
    /// <exception cref="InvalidDataException">It is of another search, or damaged.</exception>
    public IReadOnlyDictionary<string, double[]> Known(JsonObject identity, Func<int[], double[], string?> problem)
    {
        if (!File.Exists(JournalPath))
        {
            return new Dictionary<string, double[]>();
        }

        using var held = TakeJournal();
        using var journal = SearchJournal.Open(JournalPath, identity, problem);
        return journal.Known;
    }

    /// <summary>Writes the journal of a search that was made elsewhere.</summary>
    /// <param name="identity">What the search depends on.</param>
    /// <param name="problem">What an evaluation can't be; null where it is possible.</param>
    /// <param name="asked">All genomes, in order.</param>
    /// <param name="known">Genomes as text, with their objectives.</param>
    public void Keep(
        JsonObject identity, Func<int[], double[], string?> problem, IReadOnlyList<int[]> asked,
        IReadOnlyDictionary<string, double[]> known)
    {
        using var held = TakeJournal();
        using var journal = SearchJournal.Open(JournalPath, identity, problem);
        foreach (var genome in asked)
        {
            if (known.TryGetValue(Genome.Key(genome), out var objectives) && journal.Find(genome) is null)
            {
                journal.Append(genome, objectives);
            }
        }

        journal.Finish(asked);
    }

    /// <summary>Removes what workers leave behind; for one that knows that no other is at work.</summary>
    public static void RemoveWorkers(string folder)
    {
        var workers = Path.Combine(folder, Workers);
        if (Directory.Exists(workers))
        {
            Directory.Delete(workers, recursive: true);
        }
    }

    /// <summary>The journal, for this worker alone until it is disposed.</summary>
    internal IDisposable TakeJournal() => Take(JournalLock, Patience, CancellationToken.None);

    /// <summary>The journal's length on disk; 0 where there is none.</summary>
    internal long JournalLength()
    {
        try
        {
            // Opened, for a shared disk tells the length of a file anew only then.
            using var stream = new FileStream(
                JournalPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return stream.Length;
        }
        catch (FileNotFoundException)
        {
            return 0;
        }
    }

    /// <summary>Writes down who measured something; the journal must be held.</summary>
    internal void NoteMeasured(SearchWorker worker, JsonObject what)
    {
        foreach (var (key, value) in worker.ToJson())
        {
            what[key] = value?.DeepClone();
        }

        using var notes = JsonJournal.Open(
            Path.Combine(folder, MeasuredBy), "search", new JsonObject { ["of"] = SearchFiles.Journal });
        notes.Append(what);
    }

    private IDisposable Take(string name, TimeSpan patience, CancellationToken cancel)
    {
        Directory.CreateDirectory(WorkersPath);
        var path = Path.Combine(WorkersPath, name);
        for (var waited = TimeSpan.Zero; ; waited += Pause)
        {
            if (FileLock.TryTake(path, stays: true) is { } held)
            {
                return held;
            }

            if (patience != Timeout.InfiniteTimeSpan && waited > patience)
            {
                throw new IOException(
                    $"'{path}' has been locked for {patience.TotalMinutes:0} minutes by another worker, which "
                    + "should take a moment: it hangs, or the disk keeps locks of a machine that is gone");
            }

            cancel.WaitHandle.WaitOne(Pause);
            cancel.ThrowIfCancellationRequested();
        }
    }
}
