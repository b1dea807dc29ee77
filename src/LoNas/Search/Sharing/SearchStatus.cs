using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoNas.Storage;

namespace LoNas.Search.Sharing;

/// <summary>How far a search is.</summary>
/// <param name="Name">What tells it from others in one place; empty where there is one.</param>
/// <param name="Done">Evaluations that workers have followed; genomes that give one model count each.</param>
/// <param name="Total">Those of the whole search; null where nobody says.</param>
/// <param name="Measured">Sub-adapters that were measured.</param>
/// <param name="Best">The best one in words; empty where nobody says.</param>
/// <param name="IsFinished">Whether it is over.</param>
/// <param name="Workers">Who is at work.</param>
/// <param name="SecondsEach">How long an evaluation has taken; null where that is not known.</param>
public sealed record SearchStatus(
    string Name, int Done, int? Total, int Measured, string Best, bool IsFinished,
    IReadOnlyList<WorkerStatus> Workers, double? SecondsEach)
{
    /// <summary>The maximal and the heuristic sub-adapter, which no search counts among its evaluations.</summary>
    private const int AlwaysMeasured = 2;

    /// <summary>Seconds that it takes yet with these workers; null where that is not known.</summary>
    public double? SecondsLeft => Workers.Count == 0 ? null : (Total - Done) * SecondsEach / Workers.Count;

    /// <summary>The search of a folder; null where there is none.</summary>
    /// <param name="folder">The output folder.</param>
    /// <param name="clock">Says for how long workers have been measuring.</param>
    /// <exception cref="InvalidDataException">Its journal is damaged.</exception>
    /// <remarks>Nothing is changed there.</remarks>
    public static SearchStatus? OfFolder(string folder, TimeProvider clock)
    {
        var journal = Path.Combine(folder, SearchFiles.Journal);
        if (!File.Exists(journal))
        {
            return null;
        }

        var lines = Lines(journal);
        var workers = WorkerFile.Alive(Path.Combine(folder, SharedFolder.Workers), tidies: false);
        int measured = Math.Max(0, lines.Count - 1);
        int? total = workers.Select(worker => worker.Says["total"]?.GetValue<int>()).FirstOrDefault()
            ?? (lines.Count > 0 && lines[0]["num_evals"] is JsonValue count && count.TryGetValue(out int evaluations)
                ? evaluations : null);
        var furthest = workers.OrderByDescending(worker => worker.Says["done"]?.GetValue<int>() ?? 0)
            .FirstOrDefault().Says;
        var progression = Path.Combine(folder, SearchFiles.Progression);
        bool isFinished = File.Exists(progression) && workers.Count == 0;
        int done = isFinished ? File.ReadLines(progression).Count()
            : furthest?["done"]?.GetValue<int>() ?? Math.Clamp(measured - AlwaysMeasured, 0, total ?? int.MaxValue);
        return new SearchStatus(
            "", done, total, measured, furthest?["best"]?.GetValue<string>() ?? "", isFinished,
            [.. workers.Select(worker => WorkerStatus.Of(worker.Says, clock.GetUtcNow().UtcDateTime - worker.Since))],
            Seconds(Path.Combine(folder, SharedFolder.MeasuredBy)));
    }

    /// <summary>The same for programs.</summary>
    public JsonObject ToJson() => new()
    {
        ["search"] = Name,
        ["done"] = Done,
        ["total"] = Total,
        ["measured"] = Measured,
        ["best"] = Best,
        ["finished"] = IsFinished,
        ["seconds_left"] = SecondsLeft,
        ["workers"] = new JsonArray([.. Workers.Select(worker => worker.ToJson())]),
    };

    private static double? Seconds(string path)
    {
        double[] seconds = File.Exists(path)
            ? [.. Lines(path).Select(line => line["seconds"]?.GetValue<double>()).OfType<double>()]
            : [];
        return seconds.Length == 0 ? null : seconds.Average();
    }

    /// <summary>The whole lines of a file that others may be writing.</summary>
    private static List<JsonObject> Lines(string path)
    {
        InputPath.RequireFile(path, "search journal");
        using var stream = new FileStream(
            path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(stream);
        var lines = reader.ReadToEnd().Split('\n')[..^1];
        try
        {
            return [.. lines.Select(line => JsonNode.Parse(line)!.AsObject())];
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or NullReferenceException)
        {
            throw new InvalidDataException(
                $"'{path}' is damaged: expected one JSON object on each line; the search says which line is not",
                error);
        }
    }
}

/// <summary>A worker that is there.</summary>
/// <param name="Worker">Who it is.</param>
/// <param name="Claim">The genome that it measures; null where it waits.</param>
/// <param name="Seconds">For how long.</param>
public sealed record WorkerStatus(SearchWorker Worker, string? Claim, double Seconds)
{
    /// <summary>The same for programs.</summary>
    public JsonObject ToJson()
    {
        var json = Worker.ToJson();
        json["claim"] = Claim;
        json["seconds"] = Math.Round(Seconds, 1);
        return json;
    }

    internal static WorkerStatus Of(JsonObject says, TimeSpan since) => new(
        new SearchWorker(
            says["host"]!.GetValue<string>(), says["pid"]!.GetValue<int>(), says["device"]!.GetValue<string>(),
            says["instruction_set"]!.GetValue<string>(), says["threads"]!.GetValue<int>()),
        says["claim"] is JsonArray claim
            ? string.Join(',', claim.Select(gene => gene!.GetValue<int>().ToString(CultureInfo.InvariantCulture)))
            : null,
        Math.Max(0, since.TotalSeconds));
}
