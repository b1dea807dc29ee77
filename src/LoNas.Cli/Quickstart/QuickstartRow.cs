using System.Globalization;
using System.Text.Json.Nodes;
using LoNas.Cli.Output;
using LoNas.Elastic;
using LoNas.Search;
using LoNas.Storage;

namespace LoNas.Cli.Quickstart;

/// <summary>What a model of the quickstart can do and costs.</summary>
/// <param name="Name">base, maximal, heuristic, minimal or best.</param>
/// <param name="Accuracy">Share of the held-out problems that it solves.</param>
/// <param name="Cost">Its parameters and MACs.</param>
internal sealed record QuickstartRow(string Name, double Accuracy, ModelCost Cost)
{
    /// <summary>Writes summary.json.</summary>
    public static void Save(IEnumerable<QuickstartRow> rows, string path) => JsonOutput.Save(
        path,
        new JsonObject(rows.Select(row => KeyValuePair.Create(
            row.Name,
            (JsonNode?)new JsonObject
            {
                ["accuracy"] = row.Accuracy,
                ["params"] = row.Cost.TotalParameters,
                ["macs"] = row.Cost.Macs,
            }))));

    /// <summary>Shows the table and where things lie.</summary>
    public static void Show(IEnumerable<QuickstartRow> rows, string folder, ConsoleReporter console)
    {
        console.Table(
            "held-out word problems",
            ["model", "parameters", "MACs", "accuracy"],
            rows.Select(row => new[]
            {
                row.Name,
                row.Cost.TotalParameters.ToString("N0", CultureInfo.InvariantCulture),
                row.Cost.Macs.ToString("N0", CultureInfo.InvariantCulture),
                row.Accuracy.ToString("0.0 %", CultureInfo.InvariantCulture),
            }));
        console.Line($"adapter, results and summary.json: {folder}");
        console.Line($"plot of the search: {Path.Combine(folder, SearchFiles.Plot)}");
    }
}
