using System.Text.Json.Nodes;
using LoNas.Cli.Train;
using LoNas.Elastic;
using LoNas.Reporting;
using LoNas.Search;
using LoNas.Storage;

namespace LoNas.Cli.Search;

/// <summary>Writes what a search found, named as the reference names it.</summary>
internal sealed class SearchFiles(string folder, SearchSpace space, CostModel costs)
{
    public const string Journal = "search_journal.jsonl";
    public const string Progression = "search_progression.csv";
    public const string Plot = "search_progression.png";
    public const string LatencyTable = "latency_table.json";
    public const string Front = FrontFile.Name;
    public const string Best = "subnetwork_best.json";

    /// <summary>Writes every file.</summary>
    public void Write(SearchOutcome outcome)
    {
        var axes = outcome.Axes;
        var rows = outcome.Evaluated.Select(entry => new SearchRow(space.ToJson(SubAdapterOf(entry)), entry.Objectives)).ToArray();
        SearchCsv.WriteProgression(InFolder(Progression), axes.Columns, rows);
        SearchCsv.WriteCache(InFolder($"cache_{axes.Columns[0]}.csv"), 0, rows);
        SearchCsv.WriteCache(InFolder($"cache_{axes.Columns[1]}.csv"), 1, rows);
        JsonOutput.Save(InFolder(Front), new JsonArray([.. outcome.Front.Select(entry => Describe(entry, axes))]));
        AtomicFile.WriteText(InFolder(Best), space.ToJson(SubAdapterOf(outcome.Best.Entry)) + "\n");
        RunFiles.SaveMetrics(folder, RunFiles.EvalResults, Metrics(outcome));
        Draw(outcome);
    }

    private void Draw(SearchOutcome outcome) => new SearchPlot
    {
        CostTitle = outcome.Axes.CostTitle,
        MetricTitle = outcome.Axes.MetricTitle,
        Metric = outcome.Axes.Plotted,
        Evaluated = outcome.Evaluated,
        Front = outcome.Front,
        Marked = [("maximal", outcome.Maximal), ("heuristic", outcome.Heuristic), ("best", outcome.Best.Entry)],
    }.Save(InFolder(Plot));

    private static JsonObject Metrics(SearchOutcome outcome)
    {
        var axes = outcome.Axes;
        double Told(EvaluatedGenome entry) => axes.Told(entry.Objectives[1]);
        return new JsonObject
        {
            [$"val_maximal_{axes.MetricKey}"] = Told(outcome.Maximal),
            [$"val_heuristic_{axes.MetricKey}"] = Told(outcome.Heuristic),
            [$"val_best_{axes.MetricKey}"] = Told(outcome.Best.Entry),
            ["performance_metrics"] = new JsonArray(outcome.Best.Entry.Objectives[0], Told(outcome.Best.Entry)),
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
        if (axes.Cost == Cli.Search.SearchCost.Latency)
        {
            described["latency_ms"] = entry.Objectives[0];
        }

        described[axes.MetricKey] = axes.Told(entry.Objectives[1]);
        return described;
    }

    private SubAdapter SubAdapterOf(EvaluatedGenome entry) => Genome.ToSubAdapter(space, entry.Genome);

    private string InFolder(string name) => Path.Combine(folder, name);
}
