using LoNas.Data;

namespace LoNas.Evaluation.Glue;

/// <summary>How a task of GLUE is scored.</summary>
public enum GlueMetrics
{
    /// <summary><c>accuracy</c>.</summary>
    Accuracy,

    /// <summary><c>accuracy</c>, <c>f1</c> and <c>combined_score</c>, their mean.</summary>
    AccuracyAndF1,

    /// <summary><c>matthews_correlation</c>.</summary>
    Matthews,

    /// <summary><c>pearson</c>, <c>spearmanr</c> and <c>combined_score</c>, their mean.</summary>
    Correlation,

    /// <summary>
    /// <c>mse</c>, as Transformers' example scores a regression of the user's own, and <c>pearson</c>, of which more is
    /// better.
    /// </summary>
    SquaredError,
}

/// <summary>The columns of a task in GLUE's own files.</summary>
/// <param name="Folder">The folder of the files, such as <c>STS-B</c>.</param>
/// <param name="First">The column of the first text: its name, or its number where the file has no names.</param>
/// <param name="Second">That of the second text; null where there is one text.</param>
/// <param name="Label">That of the label.</param>
public sealed record GlueFiles(string Folder, string First, string? Second, string Label);

/// <summary>A task of GLUE (Wang et al., 2019): one text or two, and a class or a number.</summary>
public sealed record GlueTask
{
    /// <summary>The name of the metric that most tasks have.</summary>
    public const string AccuracyName = "accuracy";

    /// <summary>What Transformers' example writes in place of a name that there is not.</summary>
    private const string OwnName = "None";

    /// <summary>Its name, as Hugging Face's library spells it.</summary>
    public required string Name { get; init; }

    /// <summary>What people call it: texts of one's own have no name.</summary>
    public string Title => Name == OwnName ? "own texts" : Name;

    /// <summary>The column of the first text on the hub.</summary>
    public string First { get; init; } = "sentence1";

    /// <summary>The column of the second text on the hub; null where there is one text.</summary>
    public string? Second { get; init; } = "sentence2";

    /// <summary>The classes in the order of their ids; empty where the label is a number to be regressed.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>How it is scored.</summary>
    public GlueMetrics Metrics { get; init; } = GlueMetrics.Accuracy;

    /// <summary>Its columns in GLUE's own files.</summary>
    public required GlueFiles Files { get; init; }

    /// <summary>
    /// What the names of the validation and test sets end with; the keys of a second set's scores end with
    /// <c>_mm</c>, the mismatched one of mnli.
    /// </summary>
    public IReadOnlyList<string> Parts { get; init; } = [""];

    /// <summary>The smallest and the largest number that is a label; null: any.</summary>
    public (double Least, double Most)? Range { get; init; }

    /// <summary>Whether the label is a number to be regressed.</summary>
    public bool IsRegression => Labels.Count == 0;

    /// <summary>What its labels mean.</summary>
    public LabelScheme Scheme => new(Labels) { Range = Range };

    /// <summary>The metric that a search is judged by.</summary>
    public string SearchMetric => Metrics switch
    {
        GlueMetrics.Matthews => "matthews_correlation",
        GlueMetrics.Correlation or GlueMetrics.SquaredError => "pearson",
        _ => AccuracyName,
    };

    /// <summary>
    /// The task of a user's own files, scored as Transformers' example scores them. Its name is what that writes in
    /// place of a task's, <c>None</c>.
    /// </summary>
    /// <param name="scheme">What the labels mean.</param>
    public static GlueTask Own(LabelScheme scheme) => new()
    {
        Name = OwnName,
        Labels = scheme.Names,
        Range = scheme.Range,
        Metrics = scheme.IsRegression ? GlueMetrics.SquaredError : GlueMetrics.Accuracy,
        Files = new("", "sentence1", "sentence2", "label"),
    };

    /// <summary>All tasks.</summary>
    public static IReadOnlyList<GlueTask> All { get; } =
    [
        new()
        {
            Name = "cola", First = "sentence", Second = null, Labels = ["unacceptable", "acceptable"],
            Metrics = GlueMetrics.Matthews, Files = new("CoLA", "3", null, "1"),
        },
        new()
        {
            Name = "mnli", First = "premise", Second = "hypothesis",
            Labels = ["entailment", "neutral", "contradiction"],
            Files = new("MNLI", "sentence1", "sentence2", "gold_label"), Parts = ["_matched", "_mismatched"],
        },
        new()
        {
            Name = "mrpc", Labels = ["not_equivalent", "equivalent"], Metrics = GlueMetrics.AccuracyAndF1,
            Files = new("MRPC", "#1 String", "#2 String", "Quality"),
        },
        new()
        {
            Name = "qnli", First = "question", Second = "sentence", Labels = ["entailment", "not_entailment"],
            Files = new("QNLI", "question", "sentence", "label"),
        },
        new()
        {
            Name = "qqp", First = "question1", Second = "question2", Labels = ["not_duplicate", "duplicate"],
            Metrics = GlueMetrics.AccuracyAndF1, Files = new("QQP", "question1", "question2", "is_duplicate"),
        },
        new()
        {
            Name = "rte", Labels = ["entailment", "not_entailment"],
            Files = new("RTE", "sentence1", "sentence2", "label"),
        },
        new()
        {
            Name = "sst2", First = "sentence", Second = null, Labels = ["negative", "positive"],
            Files = new("SST-2", "sentence", null, "label"),
        },
        new()
        {
            Name = "stsb", Metrics = GlueMetrics.Correlation, Range = (0, 5),
            Files = new("STS-B", "sentence1", "sentence2", "score"),
        },
        new()
        {
            Name = "wnli", Labels = ["not_entailment", "entailment"],
            Files = new("WNLI", "sentence1", "sentence2", "label"),
        },
    ];

    /// <summary>The metrics in the order in which they are told.</summary>
    public IReadOnlyList<string> MetricNames => Metrics switch
    {
        GlueMetrics.Matthews => ["matthews_correlation"],
        GlueMetrics.AccuracyAndF1 => [AccuracyName, "f1", "combined_score"],
        GlueMetrics.Correlation => ["pearson", "spearmanr", "combined_score"],
        GlueMetrics.SquaredError => ["mse", "pearson"],
        _ => [AccuracyName],
    };

    /// <summary>The same task with its classes in the order of a model's; null, or of a number: as it is.</summary>
    public GlueTask Ordered(IReadOnlyList<string>? names) =>
        names is null || IsRegression ? this : this with { Labels = names };

    /// <summary>Texts of this task with the ids that their labels have in another order.</summary>
    public IReadOnlyList<LabelledText> Relabel(IReadOnlyList<LabelledText> texts, GlueTask ordered)
    {
        if (Labels.SequenceEqual(ordered.Labels))
        {
            return texts;
        }

        double[] ids = [.. Labels.Select(name => (double)ordered.Labels.ToList().IndexOf(name))];
        return [.. texts.Select(text => text.Label is { } id ? text with { Label = ids[(int)id] } : text)];
    }

    /// <summary>The mean loss of scores: cross-entropy in nats, or the squared error.</summary>
    /// <param name="scores">[N][labels].</param>
    /// <param name="targets">A class's id or a number for each.</param>
    public double Loss(IReadOnlyList<float[]> scores, IReadOnlyList<double> targets) =>
        scores.Zip(targets, (given, target) => IsRegression
            ? (given[0] - target) * (given[0] - target)
            : Math.Log(given.Sum(score => Math.Exp(score - (double)given.Max()))) + given.Max() - given[(int)target])
            .Average();

    /// <summary>The class that scores give, the first of equals; of a number the number.</summary>
    /// <param name="scores">One for each class.</param>
    public double Predict(float[] scores) => IsRegression ? scores[0] : Array.IndexOf(scores, scores.Max());

    /// <summary>The scores of predictions by the names of Hugging Face's <c>glue</c> metric.</summary>
    /// <param name="predicted">A class's id or a number for each record.</param>
    /// <param name="labels">What it should be.</param>
    public IReadOnlyDictionary<string, double> Score(IReadOnlyList<double> predicted, IReadOnlyList<double> labels)
    {
        int[] ids = [.. predicted.Select(value => (int)value)];
        int[] wanted = [.. labels.Select(value => (int)value)];
        return Metrics switch
        {
            GlueMetrics.Matthews => Single("matthews_correlation", ClassMetrics.Matthews(ids, wanted)),
            GlueMetrics.AccuracyAndF1 => Combined(
                ("accuracy", ClassMetrics.Accuracy(ids, wanted)), ("f1", ClassMetrics.F1(ids, wanted))),
            GlueMetrics.Correlation => Combined(
                ("pearson", ClassMetrics.Pearson(predicted, labels)),
                ("spearmanr", ClassMetrics.Spearman(predicted, labels))),
            GlueMetrics.SquaredError => new Dictionary<string, double>
            {
                ["mse"] = ClassMetrics.MeanSquaredError(predicted, labels),
                ["pearson"] = ClassMetrics.Pearson(predicted, labels),
            },
            _ => Single("accuracy", ClassMetrics.Accuracy(ids, wanted)),
        };
    }

    private static Dictionary<string, double> Single(string name, double value) => new() { [name] = value };

    private static Dictionary<string, double> Combined(
        (string Name, double Value) one, (string Name, double Value) other) => new()
        {
            [one.Name] = one.Value,
            [other.Name] = other.Value,
            ["combined_score"] = (one.Value + other.Value) / 2,
        };
}
