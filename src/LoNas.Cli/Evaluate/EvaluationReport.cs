using System.Globalization;
using System.Text.Json.Nodes;
using LoNas.Cli.Output;
using LoNas.Elastic;
using LoNas.Evaluation;

namespace LoNas.Cli.Evaluate;

/// <summary>The figures of an evaluation, for people and for programs.</summary>
internal sealed record EvaluationReport(
    string Model, string? LoraWeights, string? SubAdapter, ModelCost Cost, IReadOnlyList<TaskScore> Sets)
{
    private double Average => Sets.Average(set => set.Result.Accuracy);

    /// <summary>One object; shares are 0 to 1, speeds null where nothing was asked anew.</summary>
    public JsonObject ToJson() => new()
    {
        ["model"] = Model,
        ["lora_weights"] = LoraWeights,
        ["sub_adapter"] = SubAdapter,
        ["total_params"] = Cost.TotalParameters,
        ["macs"] = Cost.Macs,
        ["tasks"] = new JsonArray([.. Sets.Select(Describe)]),
        ["avg_accuracy"] = Average,
    };

    /// <summary>A table.</summary>
    public void Show(ConsoleReporter console)
    {
        var adapter = SubAdapter is null ? LoraWeights : $"{LoraWeights}, {SubAdapter}";
        var what = LoraWeights is null ? Model : $"{Model} with {adapter}";
        console.Table(
            Text($"{what}: {Cost.TotalParameters:N0} parameters, {Cost.Macs / 1e6:N1} M MACs"),
            ["task", "accuracy", "standard error", "records", "tokens/s"],
            [.. Sets.Select(Row), ["average", Percent(Average), "", "", ""]]);
    }

    private static JsonNode Describe(TaskScore set) => new JsonObject
    {
        ["task"] = set.Result.Task.Name,
        ["accuracy"] = set.Result.Accuracy,
        ["standard_error"] = set.Result.StandardError,
        ["right"] = set.Result.Records.Count(record => record.IsRight),
        ["records"] = set.Result.Records.Count,
        ["new_tokens"] = set.Result.NewTokens,
        ["seconds"] = Math.Round(set.Elapsed.TotalSeconds, 3),
        ["tokens_per_second"] = set.TokensPerSecond is { } speed ? Math.Round(speed, 1) : null,
    };

    private static string[] Row(TaskScore set) =>
    [
        set.Result.Task.Name,
        Percent(set.Result.Accuracy),
        Text($"{100 * set.Result.StandardError:0.0}"),
        Text($"{set.Result.Records.Count}"),
        set.TokensPerSecond is { } speed ? Text($"{speed:0.0}") : "",
    ];

    private static string Percent(double share) => Text($"{share:0.0 %}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
