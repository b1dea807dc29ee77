using System.Text.Json.Nodes;
using LoNas.Cli.Output;
using LoNas.Elastic;
using LoNas.Export.Extraction;

namespace LoNas.Cli.Extract;

/// <summary>Shows what an extraction made.</summary>
internal static class ExtractionView
{
    /// <summary>A table for people, or one JSON object.</summary>
    public static void Show(ExtractionReport report, string output, bool json, ConsoleReporter console)
    {
        if (json)
        {
            console.Line(ToJson(report, output).ToJsonString());
            return;
        }

        console.Table(
            null,
            ["", "uncut, with adapter", "extracted", "share"],
            [
                Row("parameters", report.Source.TotalParameters, report.Result.TotalParameters),
                Row("MACs of a sample", report.Source.Macs, report.Result.Macs),
                Row("bytes of weights", report.SourceBytes, report.ResultBytes),
            ]);
        console.Line(report.MlpWidths.Distinct().Count() == 1
            ? Text($"MLP width: {report.MlpWidths[0]} in every layer")
            : $"MLP widths: {string.Join(", ", report.MlpWidths)}");
        console.Line(report.Check is { } check
            ? Text($"largest logit difference from the masked model: {check.Largest:g3} ")
                + Text($"({check.Relative:g3} of the largest logit)")
            : "not compared with the masked model (--no_verify)");
        console.Line($"model: {output}");
    }

    /// <summary>One object of plain values.</summary>
    private static JsonObject ToJson(ExtractionReport report, string output) => new()
    {
        ["output_dir"] = output,
        ["source"] = Cost(report.Source, report.SourceBytes),
        ["result"] = Cost(report.Result, report.ResultBytes),
        ["mlp_widths"] = new JsonArray([.. report.MlpWidths.Select(width => (JsonNode)JsonValue.Create(width))]),
        ["largest_logit_difference"] = report.Check?.Largest,
        ["relative_logit_difference"] = report.Check?.Relative,
    };

    private static JsonObject Cost(ModelCost cost, long bytes) => new()
    {
        ["total_params"] = cost.TotalParameters,
        ["macs"] = cost.Macs,
        ["weights"] = cost.Weights,
        ["bytes"] = bytes,
    };

    private static string[] Row(string name, long before, long after) =>
        [name, Text($"{before:N0}"), Text($"{after:N0}"), Text($"{100.0 * after / before:0.0} %")];

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
