using LoNas.Errors;
using LoNas.Evaluation.Glue;

namespace LoNas.Search;

/// <summary>The two objectives of a search as files and people name them.</summary>
public sealed record SearchAxes(SearchCost Cost, SearchMetric Metric)
{
    /// <summary>What <see cref="SearchMetric.Accuracy"/> is called; a correlation for some classifiers.</summary>
    public string Name { get; init; } = GlueTask.AccuracyName;

    /// <summary>
    /// What two measurements of one sub-adapter's first objective differ by; a difference up to this one says nothing.
    /// 0, the default, of what is counted, and of latency where nobody knows it.
    /// </summary>
    public double CostNoise { get; init; }

    /// <summary>The objectives' names in CSV files.</summary>
    public IReadOnlyList<string> Columns =>
    [
        Cost switch { SearchCost.Macs => "MACs", SearchCost.Params => "params", _ => "latency" },
        Metric == SearchMetric.Accuracy ? "top1_acc" : "loss",
    ];

    /// <summary>The metric's name in JSON files.</summary>
    public string MetricKey => Metric == SearchMetric.Accuracy ? Name : "loss";

    /// <summary>Whether the metric is a share, which people read in per cent.</summary>
    private bool IsShare => MetricKey == GlueTask.AccuracyName;

    /// <summary>The metric as it is told: accuracy is minimised as minus accuracy.</summary>
    public double Told(double objective) => Metric == SearchMetric.Accuracy ? 0 - objective : objective;

    /// <summary>The axes of the plot.</summary>
    public string CostTitle => Cost switch
    {
        SearchCost.Macs => "MACs of a sample (millions)",
        SearchCost.Params => "active parameters (millions)",
        _ => "latency of a prompt and its answer (ms)",
    };

    /// <summary>The metric's axis of the plot.</summary>
    public string MetricTitle => IsShare ? "validation accuracy (%)"
        : Metric == SearchMetric.Loss ? LossTitle
        : $"validation {Name.Replace('_', ' ')}";

    /// <summary>What says how many records judge.</summary>
    public Setting Records { get; init; } = Setting.ValidationRecords;

    /// <summary>The loss's axis.</summary>
    public string LossTitle { get; init; } = "validation loss";

    /// <summary>The metric as the plot shows it: accuracy in per cent.</summary>
    public double Plotted(double objective) => IsShare ? -100 * objective : Told(objective);

    /// <summary>The largest value that the plot can show: nothing is over 100 per cent.</summary>
    public double HighestPlotted => IsShare ? 100 : Metric == SearchMetric.Accuracy ? 1 : double.PositiveInfinity;

    /// <summary>The first objective with its unit.</summary>
    public string CostText(double objective) => Cost switch
    {
        SearchCost.Macs => FormattableString.Invariant($"{objective:0.0} M MACs"),
        SearchCost.Params => FormattableString.Invariant($"{objective:0.00} M parameters"),
        _ => FormattableString.Invariant($"{objective:0.00} ms"),
    };

    /// <summary>The second objective as people read it.</summary>
    public string MetricText(double objective) => IsShare ? FormattableString.Invariant($"{-objective:0.0 %}")
        : Metric == SearchMetric.Accuracy ? $"{Name.Replace('_', ' ')} {MetricNumber(objective)}"
        : Math.Abs(objective) < double.MaxValue ? $"loss {MetricNumber(objective)}" : "no loss";

    /// <summary>The same below its name.</summary>
    public string MetricNumber(double objective) => IsShare ? MetricText(objective)
        : Metric == SearchMetric.Accuracy ? FormattableString.Invariant($"{Told(objective):0.0000}")
        : Math.Abs(objective) < double.MaxValue ? FormattableString.Invariant($"{objective:0.0000}") : "none";
}

/// <summary>What a search wants little of.</summary>
public enum SearchCost
{
    /// <summary>Multiply-accumulates of a sample.</summary>
    Macs,

    /// <summary>Active parameters.</summary>
    Params,

    /// <summary>Measured time of a prompt and its answer on this machine.</summary>
    Latency,
}

/// <summary>What a search wants much of: how good a sub-adapter is.</summary>
public enum SearchMetric
{
    /// <summary>
    /// Share of validation records answered right, by generation; of a classifier its task's own metric.
    /// </summary>
    Accuracy,

    /// <summary>Minus the mean validation loss: cheap and smooth.</summary>
    Loss,
}
