using System.Text.Json;
using System.Text.Json.Nodes;
using LoNas.Elastic;
using LoNas.Formats;
using LoNas.Storage;

namespace LoNas.Search;

/// <summary>Writes what a search found, named as the reference names it.</summary>
/// <param name="folder">Where to.</param>
/// <param name="space">What was searched.</param>
/// <param name="costs">Counts what a sub-adapter costs.</param>
public sealed class SearchFiles(string folder, SearchSpace space, CostModel costs)
{
    /// <summary>Every evaluation as it came.</summary>
    public const string Journal = "search_journal.jsonl";
    /// <summary>Every evaluation in order, as a table.</summary>
    public const string Progression = "search_progression.csv";
    /// <summary>The plot of the evaluations.</summary>
    public const string Plot = "search_progression.png";
    /// <summary>What was measured where latency is searched for.</summary>
    public const string LatencyTable = "latency_table.json";
    /// <summary>The sub-adapters that none beats in both objectives.</summary>
    public const string Front = FrontFile.Name;
    /// <summary>The recommended sub-adapter.</summary>
    public const string Best = "subnetwork_best.json";

    private const string Performance = "performance_metrics";

    /// <summary>The sub-adapters with one objective each.</summary>
    /// <param name="column">The objective.</param>
    public static string CacheOf(string column) => $"cache_{column}.csv";

    /// <summary>
    /// Whether a search that is finished recommends what costs less than the maximal sub-adapter, by its files; false
    /// where they no longer say.
    /// </summary>
    public static bool BestIsSmaller(string folder)
    {
        try
        {
            // Below the search's identity: the maximal sub-adapter is measured first of all.
            var first = File.ReadLines(Path.Combine(folder, Journal)).ElementAt(1);
            double? maximal = JsonNode.Parse(first)?["objectives"]?[0]?.GetValue<double>();
            var front = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, Front)));
            double noise = front?[0]?["latency_noise_ms"]?.GetValue<double>() ?? 0;
            var metrics = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, MetricsFiles.AllResults)));
            return metrics?[Performance]?[0]?.GetValue<double>() < maximal - noise;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException
            or InvalidOperationException or ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Writes every file.</summary>
    public void Write(SearchOutcome outcome)
    {
        var axes = outcome.Axes;
        var rows = outcome.Evaluated.Select(entry => new SearchRow(space.ToJson(SubAdapterOf(entry)), entry.Objectives))
            .ToArray();
        SearchCsv.WriteProgression(InFolder(Progression), axes.Columns, rows);
        SearchCsv.WriteCache(InFolder(CacheOf(axes.Columns[0])), 0, rows);
        SearchCsv.WriteCache(InFolder(CacheOf(axes.Columns[1])), 1, rows);
        JsonOutput.Save(InFolder(Front), new JsonArray([.. outcome.Front.Select(entry => Describe(entry, axes))]));
        AtomicFile.WriteText(InFolder(Best), space.ToJson(SubAdapterOf(outcome.Best.Entry)) + "\n");
        MetricsFiles.Save(folder, MetricsFiles.EvalResults, Metrics(outcome));
    }

    private static JsonObject Metrics(SearchOutcome outcome)
    {
        var axes = outcome.Axes;
        double Told(EvaluatedGenome entry) => axes.Told(entry.Objectives[1]);
        return new JsonObject
        {
            [$"val_maximal_{axes.MetricKey}"] = Told(outcome.Maximal),
            [$"val_heuristic_{axes.MetricKey}"] = Told(outcome.Heuristic),
            [$"val_best_{axes.MetricKey}"] = Told(outcome.Best.Entry),
            [Performance] = new JsonArray(outcome.Best.Entry.Objectives[0], Told(outcome.Best.Entry)),
        };
    }

    private JsonNode Describe(EvaluatedGenome entry, SearchAxes axes)
    {
        var cost = costs.Of(space, SubAdapterOf(entry));
        var described = new JsonObject
        {
            ["sub_adapter"] = JsonNode.Parse(space.ToJson(SubAdapterOf(entry))),
            ["macs"] = cost.Macs,
            ["params"] = cost.TotalParameters,
        };
        if (axes.Cost == SearchCost.Latency)
        {
            described["latency_ms"] = entry.Objectives[0];
            described["latency_noise_ms"] = axes.CostNoise > 0 ? axes.CostNoise : null;
        }

        described[axes.MetricKey] = axes.Told(entry.Objectives[1]);
        return described;
    }

    private SubAdapter SubAdapterOf(EvaluatedGenome entry) => Genome.ToSubAdapter(space, entry.Genome);

    private string InFolder(string name) => Path.Combine(folder, name);
}
