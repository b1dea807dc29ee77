using System.Text.Json.Nodes;
using LoNas.Cli.Output;
using LoNas.Elastic;
using LoNas.Export.Extraction;

namespace LoNas.Cli.Extract;

/// <summary>
/// Shows what an extraction or a merge made. What is cut is held against the uncut model with its adapter merged: most
/// of what merging saves would be there without a cut.
/// </summary>
/// <param name="report">What was made.</param>
/// <param name="options">How.</param>
/// <param name="json">Whether it is shown as one JSON object.</param>
/// <param name="console">Where.</param>
internal sealed class ExtractionView(
    ExtractionReport report, ExtractionOptions options, bool json, ConsoleReporter console)
{
    /// <summary>What the option that pads MLPs is called.</summary>
    public const string Padding = "--pad_to_uniform";

    private bool IsMerge => options.RequireWholeBase;

    private bool HasAdapter => report.Source != report.Merged;

    /// <summary>A table for people, or one JSON object.</summary>
    public void Show()
    {
        if (json)
        {
            console.Verbatim(ToJson().ToJsonString());
            return;
        }

        var (before, cost, bytes) = IsMerge
            ? ("base and adapter", report.Source, report.SourceBytes)
            : (HasAdapter ? "uncut, merged" : "uncut", report.Merged, report.MergedBytes);
        console.Table(
            null,
            ["", before, IsMerge ? "merged" : options.KeepAdapter ? "extracted, adapter kept" : "extracted", "share"],
            [
                Row("parameters", cost.TotalParameters, report.Result.TotalParameters),
                Row("MACs of a sample", cost.Macs, report.Result.Macs),
                Row("bytes of weights", bytes, report.ResultBytes),
            ]);
        if (HasAdapter)
        {
            console.Line(IsMerge
                ? Text($"the base alone has {report.Merged.Macs:N0} MACs of a sample: merged, an adapter costs nothing")
                : Text($"uncut and merged is as large as the base; with its adapter beside it: ")
                    + Text($"{report.Source.Macs:N0} MACs of a sample"));
        }

        console.Line(report.MlpWidths.Distinct().Count() == 1
            ? Text($"MLP width: {report.MlpWidths[0]} in every layer")
            : $"MLP widths: {string.Join(", ", report.MlpWidths)}");
        console.Line(report.Check is { } check
            ? $"largest logit difference from {(IsMerge ? "base and adapter" : "the masked model")}: "
                + Text($"{check.Largest:g3} ({check.Relative:g3} of the largest logit)")
            : $"not compared with {(IsMerge ? "base and adapter" : "the masked model")} (--no_verify)");
        console.Line($"loads in: {Loading()}");
        console.Line($"model: {options.OutputDir}");
    }

    /// <summary>The tools that load the folder, and where some don't, why and what to do.</summary>
    private string Loading()
    {
        var loading = report.Loading;
        var tools = (loading.LlamaCpp ? "LoNAS, llama.cpp (after export --to gguf)" : "LoNAS")
            + (loading.Anywhere ? $", Transformers and tools that read its folders{loading.Limit}" : "");
        return loading.Anywhere ? tools
            : $"{tools}; not in Transformers, since {loading.Obstacle}: for a folder that loads everywhere, and is "
                + $"larger, {(options.KeepAdapter ? "merge, and add" : "add")} {Padding}";
    }

    /// <summary>One object of plain values.</summary>
    private JsonObject ToJson() => new()
    {
        ["output_dir"] = options.OutputDir,
        ["source"] = Cost(report.Source, report.SourceBytes),
        ["merged"] = Cost(report.Merged, report.MergedBytes),
        ["result"] = Cost(report.Result, report.ResultBytes),
        ["macs_over_base"] = Math.Round((double)report.Result.Macs / report.Merged.Macs, 4),
        ["mlp_widths"] = new JsonArray([.. report.MlpWidths.Select(width => (JsonNode)JsonValue.Create(width))]),
        ["loads_in_transformers"] = report.Loading.Anywhere,
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
