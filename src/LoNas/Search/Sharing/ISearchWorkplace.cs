using System.Text.Json.Nodes;

namespace LoNas.Search.Sharing;

/// <summary>Where the workers of a search meet.</summary>
public interface ISearchWorkplace
{
    /// <summary>The table of latencies, which one worker measures and all take.</summary>
    LatencyTable Latency(LatencySource source, CancellationToken cancel);

    /// <summary>Opens the results, before anything is measured.</summary>
    /// <exception cref="InvalidDataException">
    /// They are damaged, or of another search, in which case the differences are named.
    /// </exception>
    ISharedResults Open(SharedSearch search, CancellationToken cancel);
}

/// <summary>How a table of latencies is come by.</summary>
/// <param name="Path">Its file in the output folder; null for none.</param>
/// <param name="Search">What the search depends on, the table aside.</param>
/// <param name="Worker">Who would measure it.</param>
/// <param name="Measure">Measures a new one.</param>
/// <param name="Load">Reads one from a file; whether it may be of another machine.</param>
public sealed record LatencySource(
    string? Path, Func<JsonObject> Search, SearchWorker Worker, Func<LatencyTable> Measure,
    Func<string, bool, LatencyTable> Load);

/// <summary>What a worker says of its search when it joins.</summary>
/// <param name="Identity">What the results depend on, such as configuration, seed and model.</param>
/// <param name="Total">Evaluations of the whole search.</param>
/// <param name="Problem">What an evaluation has that this search can't have found; null where it is possible.</param>
/// <param name="Worker">Who joins.</param>
public sealed record SharedSearch(
    Func<JsonObject> Identity, int Total, Func<int[], double[], string?> Problem, SearchWorker Worker);

/// <summary>A search by one process alone.</summary>
/// <param name="folder">Takes the journal; null keeps everything in memory.</param>
internal sealed class OwnPlace(string? folder) : ISearchWorkplace
{
    public LatencyTable Latency(LatencySource source, CancellationToken cancel)
    {
        if (source.Path is { } path && File.Exists(path))
        {
            return source.Load(path, false);
        }

        var table = source.Measure();
        if (source.Path is not null)
        {
            table.Save(source.Path);
        }

        return table;
    }

    public ISharedResults Open(SharedSearch search, CancellationToken cancel) => folder is null
        ? new MemoryResults()
        : SearchJournal.Open(Path.Combine(folder, SearchFiles.Journal), search.Identity(), search.Problem);
}
