using LoNas.Errors;
using LoNas.Evaluation.Glue;

namespace LoNas.Search;

/// <summary>Judges the active sub-adapter of a model by validation data.</summary>
public abstract class SubAdapterJudge
{
    /// <summary>What goodness is called: accuracy, or the metric of a classifier's task.</summary>
    public virtual string MetricName => "accuracy";

    /// <summary>What a plot says of the loss.</summary>
    public virtual string LossTitle => "validation loss (nats a token)";

    /// <summary>What says how many records judge.</summary>
    public virtual Setting Records => Setting.ValidationRecords;

    /// <summary>Validation records in all.</summary>
    public abstract int Count { get; }

    /// <summary>Validation records that were asked, over all evaluations.</summary>
    public long AskedCount { get; private protected set; }

    /// <summary>Stands for the validation data.</summary>
    internal abstract string Hash { get; }

    /// <summary>Whether a metric is the share of records that are right, which a race can estimate from some.</summary>
    internal bool IsShare => MetricName == GlueTask.AccuracyName;

    /// <summary>The loss, or minus the metric.</summary>
    /// <param name="cost">The sub-adapter's first objective.</param>
    /// <param name="rivals">What it races against; without racing, or where empty, every record is asked.</param>
    /// <param name="cancel">Stops within the work.</param>
    internal abstract double Objective(double cost, IReadOnlyList<double[]> rivals, CancellationToken cancel);
}
