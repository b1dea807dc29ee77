using System.Text.Json.Nodes;
using LoNas.Cli.Output;
using LoNas.Elastic;
using LoNas.Models;
using LoNas.Storage;

namespace LoNas.Cli.Inspect;

/// <summary>Shows what a model and its sub-adapters cost.</summary>
/// <param name="layout">The base model by its sizes.</param>
/// <param name="costs">Counts parameters and MACs.</param>
/// <param name="space">What can be cut; null without a configuration.</param>
internal sealed class InspectReport(LinearLayout layout, CostModel costs, SearchSpace? space)
{
    private const string Full = "maximal";

    /// <summary>Bytes that training holds resident at its peak; null where it was not asked for.</summary>
    public long? TrainingMemory { get; init; }

    /// <summary>One object of plain numbers; without a search space there is nothing but the maximal cost.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject { ["tokens"] = costs.Tokens, ["groups"] = space?.Groups.Count ?? 0 };
        foreach (var (name, cost) in Costs())
        {
            json[name] = new JsonObject
            {
                ["total_params"] = cost.TotalParameters,
                ["macs"] = cost.Macs,
                ["weights"] = cost.Weights,
                ["lora_params"] = cost.LoraParameters,
            };
            if (cost.MacsWithAttention is { } macs)
            {
                json[name]!["macs_with_attention"] = macs;
            }
        }

        if (TrainingMemory is { } bytes)
        {
            json["training_memory_bytes"] = bytes;
        }

        return json;
    }

    /// <summary>Tables for people.</summary>
    public void Show(ConsoleReporter console)
    {
        console.Line(
            Text($"{layout.Config.ModelType}: {layout.Config.LayerCount} blocks, ")
            + Text($"{layout.Linears.Count} linear layers, {costs.Tokens} tokens a sample"));
        console.Table(
            null,
            ["sub-adapter", "parameters", "MACs", "weights", "adapter parameters"],
            Costs().Select(row => new[]
            {
                space is null ? "model" : row.Name,
                Text($"{row.Cost.TotalParameters:N0}"),
                Text($"{row.Cost.Macs:N0}"),
                Text($"{row.Cost.Weights:N0}"),
                Text($"{row.Cost.LoraParameters:N0}"),
            }));
        ShowWithAttention(console);
        ShowTrainable(console);
        if (TrainingMemory is { } bytes)
        {
            console.Line(Text($"memory of training: about {FreeDisk.Show(bytes)} resident"));
        }

        if (space is not null)
        {
            console.Line(Text($"{space.Groups.Count} groups:"));
            console.Table(null, ["groups", "what is cut", "widths"], GroupRun.Of(space.Groups).Select(run =>
                new[] { run.Range, run.What, run.Widths }));
        }
    }

    /// <summary>The figures that are published of encoders count more than linear layers.</summary>
    private void ShowWithAttention(ConsoleReporter console)
    {
        var counted = Costs().Where(row => row.Cost.MacsWithAttention is not null)
            .Select(row => Text($"{(space is null ? "" : $"{row.Name} ")}{row.Cost.MacsWithAttention:N0}")).ToArray();
        if (counted.Length > 0)
        {
            console.Line(
                "MACs with the products of attention, and what follows the blocks for one token: "
                + string.Join(", ", counted));
        }
    }

    private void ShowTrainable(ConsoleReporter console)
    {
        var full = costs.Full();
        var task = new LoraOptions { TaskType = LoraOptions.ClassificationTask };
        LinearSize[] heads = full.LoraParameters == 0 || layout.TrainedHead is null
            ? []
            : [.. layout.Linears.Where(linear => task.TrainsInFull(linear.Path))];
        long trained = full.LoraParameters + heads.Sum(head => (head.In + 1) * head.Out);
        var note = heads.Length == 0 ? ""
            : $", the {string.Join(" and ", heads.Select(head => head.Path))} among them";
        console.Line(
            Text($"trained: {trained:N0} of {full.TotalParameters:N0} parameters ")
            + Text($"({100.0 * trained / full.TotalParameters:0.00} %){note}"));
    }

    private IEnumerable<(string Name, ModelCost Cost)> Costs() => space is null
        ? [(Full, costs.Full())]
        :
        [
            (Full, costs.Of(space, space.Maximal)),
            ("heuristic", costs.Of(space, space.Heuristic)),
            ("minimal", costs.Of(space, space.Minimal)),
        ];

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
