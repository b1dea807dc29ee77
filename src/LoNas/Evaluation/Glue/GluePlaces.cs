using System.Globalization;
using System.Text.RegularExpressions;
using LoNas.Errors;
using LoNas.Hub;

namespace LoNas.Evaluation.Glue;

/// <summary>Where the data of a task may be: GLUE's own files, files of the hub, and the hub's cache.</summary>
/// <param name="task">The task.</param>
/// <param name="folder">The folder of all tasks.</param>
/// <param name="hub">Where the hub's cache is; null looks into none.</param>
internal sealed partial class GluePlaces(GlueTask task, string folder, HubSettings? hub)
{
    /// <summary>The repository of the data on the hub, by its name now and its earlier one.</summary>
    private static readonly HubName[] Repositories =
        [new("nyu-mll", "glue") { IsDataset = true }, new("", "glue") { IsDataset = true }];

    /// <summary>GLUE's own file of a split; null if it is not there.</summary>
    /// <param name="name">The split with its part, as GLUE names it, such as <c>dev_matched</c>.</param>
    public string? OwnFile(string name) => File.Exists(OwnPath(name)) ? OwnPath(name) : null;

    /// <summary>
    /// The one file of a split, or its Parquet shards in order, as the hub has them; the hub's cache is looked into
    /// where the folder has nothing of the task. Empty if there is none.
    /// </summary>
    /// <param name="name">The split with its part, as the hub names it, such as <c>validation_matched</c>.</param>
    /// <exception cref="InvalidDataException">Shards are missing, or the cache is damaged.</exception>
    public IReadOnlyList<string> HubFiles(string name)
    {
        var own = Path.Combine(folder, task.Name);
        var found = FilesIn(own, name);
        if (found.Count > 0 || hub is null || Directory.Exists(own)
            || Directory.Exists(Path.Combine(folder, task.Files.Folder)))
        {
            return found;
        }

        foreach (var cache in Repositories.Select(repository => new HubCache(hub.CacheFolder, repository)))
        {
            if (cache.Commit(HubSettings.DefaultRevision) is { } commit
                && FilesIn(Path.Combine(cache.Snapshot(commit), task.Name), name) is { Count: > 0 } cached)
            {
                cache.Require(
                    cache.Snapshot(commit), cached.Select(path => Path.Combine(task.Name, Path.GetFileName(path))));
                return cached;
            }
        }

        return [];
    }

    /// <summary>The error of a split that is in none of the places.</summary>
    /// <param name="own">The split as GLUE names it.</param>
    /// <param name="name">The split as the hub names it.</param>
    public InvalidDataException Missing(string own, string name)
    {
        var caches = hub is null ? "" : ", nor in the hub's cache "
            + string.Join(" and ", Repositories.Select(each => $"'{Path.Combine(hub.CacheFolder, each.CacheFolder)}'"));
        var advice = Directory.Exists(folder) ? "get it, or name the folder that has it"
            : "there is no such folder; name the one that has it";
        return new InvalidDataException(
            $"The task '{task.Name}' has no {name} data: neither '{OwnPath(own)}', nor "
            + $"'{Path.Combine(folder, task.Name)}' with {name}.jsonl, .json, .parquet or "
            + $"{name}-00000-of-00001.parquet{caches}; {advice}")
            .About(Setting.GlueData);
    }

    private string OwnPath(string name) => Path.Combine(folder, task.Files.Folder, $"{name}.tsv");

    private static IReadOnlyList<string> FilesIn(string place, string name)
    {
        string[] whole = [.. new[] { ".jsonl", ".json", ".parquet" }
            .Select(ending => Path.Combine(place, name + ending)).Where(File.Exists)];
        if (whole.Length > 0 || !Directory.Exists(place))
        {
            return whole.Take(1).ToArray();
        }

        string[] shards = [.. Directory.EnumerateFiles(place, $"{name}-*-of-*.parquet").Order(StringComparer.Ordinal)];
        var counts = shards.Select(path => Shard().Match(Path.GetFileName(path))).Where(match => match.Success)
            .Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)).Distinct().ToArray();
        return shards.Length == 0 || (counts is [var count] && count == shards.Length) ? shards
            : throw new InvalidDataException(
                $"The folder '{place}' has {shards.Length} Parquet files of {name}, whose names speak of "
                + $"{string.Join(" and of ", counts)}; get all of one set").About(Setting.GlueData);
    }

    [GeneratedRegex(@"-\d+-of-(\d+)\.parquet$")]
    private static partial Regex Shard();
}
