using System.Text.Json;
using LoNas.Data;
using LoNas.Evaluation.Glue;
using LoNas.Tests.Support;

namespace LoNas.Tests.Evaluation.Glue;

/// <summary>Against the examples in SciPy's and scikit-learn's documentation, and the definitions.</summary>
public sealed class ClassMetricsTests
{
    [Theory]
    [InlineData(new[] { 1, 1, 1, 0 }, new[] { 1, 0, 1, 1 }, -1.0 / 3)]
    [InlineData(new[] { 0, 0, 0, 0 }, new[] { 1, 0, 1, 1 }, 0.0)]
    [InlineData(new[] { 1, 0, 1, 1 }, new[] { 1, 1, 1, 1 }, 0.0)]
    [InlineData(new[] { 1, 1, 1, 1 }, new[] { 1, 1, 1, 1 }, 0.0)]
    [InlineData(new[] { 1, 0, 1, 0 }, new[] { 1, 0, 1, 0 }, 1.0)]
    [InlineData(new[] { 0, 1, 0, 1 }, new[] { 1, 0, 1, 0 }, -1.0)]
    public void Matthews_KnownVectors_AreScikitLearns(int[] predicted, int[] labels, double expected) =>
        Assert.Equal(expected, ClassMetrics.Matthews(predicted, labels), 1e-15);

    [Fact]
    public void Matthews_TwoClasses_IsTheFormulaOfTheTable()
    {
        var random = new Random(7);
        for (int draw = 0; draw < 50; draw++)
        {
            int[] labels = [.. Enumerable.Range(0, 40).Select(_ => random.Next(2))];
            int[] predicted = [.. labels.Select(label => random.Next(3) == 0 ? 1 - label : label)];
            double Count(int given, int wanted) =>
                predicted.Zip(labels).Count(pair => pair.First == given && pair.Second == wanted);
            var (tp, tn, fp, fn) = (Count(1, 1), Count(0, 0), Count(1, 0), Count(0, 1));
            double root = Math.Sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn));
            Assert.Equal(
                root == 0 ? 0 : ((tp * tn) - (fp * fn)) / root, ClassMetrics.Matthews(predicted, labels), 1e-12);
            double precision = tp + fp == 0 ? 0 : tp / (tp + fp);
            double recall = tp + fn == 0 ? 0 : tp / (tp + fn);
            Assert.Equal(
                precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall),
                ClassMetrics.F1(predicted, labels), 1e-12);
        }
    }

    /// <summary>Classes of more than two: the covariances of one-hot vectors, as Gorodkin defines it.</summary>
    [Fact]
    public void Matthews_ThreeClasses_IsTheCorrelationOfOneHots()
    {
        int[] labels = [2, 0, 1, 1, 2, 0, 2, 2, 1, 0];
        int[] predicted = [2, 1, 1, 0, 2, 0, 0, 2, 1, 1];
        double Covariance(int[] left, int[] right) => Enumerable.Range(0, 3).Sum(one =>
        {
            double meanLeft = left.Average(value => value == one ? 1.0 : 0);
            double meanRight = right.Average(value => value == one ? 1.0 : 0);
            return left.Zip(right).Sum(pair =>
                ((pair.First == one ? 1 : 0) - meanLeft) * ((pair.Second == one ? 1 : 0) - meanRight));
        });
        Assert.Equal(
            Covariance(predicted, labels) / Math.Sqrt(Covariance(predicted, predicted) * Covariance(labels, labels)),
            ClassMetrics.Matthews(predicted, labels), 1e-12);
    }

    [Theory]
    [InlineData(new[] { 0, 0, 0 }, new[] { 0, 0, 0 }, 1.0, 0.0)]
    [InlineData(new[] { 0, 0, 0 }, new[] { 1, 0, 1 }, 1.0 / 3, 0.0)]
    [InlineData(new[] { 1, 1, 1 }, new[] { 0, 0, 0 }, 0.0, 0.0)]
    [InlineData(new[] { 1, 1, 1, 1 }, new[] { 1, 0, 1, 0 }, 0.5, 2.0 / 3)]
    public void AccuracyAndF1_ConstantSides_AreScikitLearns(
        int[] predicted, int[] labels, double accuracy, double f1)
    {
        Assert.Equal(accuracy, ClassMetrics.Accuracy(predicted, labels), 1e-15);
        Assert.Equal(f1, ClassMetrics.F1(predicted, labels), 1e-15);
    }

    [Theory]
    [InlineData(new[] { 1.0, 2, 3, 4, 5, 6, 7 }, new[] { 10.0, 9, 2.5, 6, 4, 3, 2 }, -0.828503883588428)]
    [InlineData(new[] { 1.0, 2, 3 }, new[] { 2.0, 4, 6 }, 1)]
    [InlineData(new[] { 1.0, 2, 3 }, new[] { 5.0, 5, 5 }, double.NaN)]
    [InlineData(new[] { 0.0, 0, 0 }, new[] { 1.0, 2, 3 }, double.NaN)]
    [InlineData(new[] { 1e200, 2e200, 4e200 }, new[] { 1.0, 2, 4 }, 1)]
    [InlineData(new[] { 1e-200, 2e-200, 4e-200 }, new[] { 1.0, 2, 4 }, 1)]
    [InlineData(new[] { 1.0, double.NaN, 3 }, new[] { 1.0, 2, 4 }, double.NaN)]
    public void Pearson_KnownVectors_AreSciPys(double[] predicted, double[] labels, double expected) =>
        Assert.Equal(expected, ClassMetrics.Pearson(predicted, labels), 1e-14);

    [Theory]
    [InlineData(new[] { 1.0, 2, 3, 4, 5 }, new[] { 5.0, 6, 7, 8, 7 }, 0.8207826816681233)]
    [InlineData(new[] { 1.0, 2, 3 }, new[] { 1.0, 8, 27 }, 1)]
    [InlineData(new[] { 1.0, 1, 1 }, new[] { 1.0, 8, 27 }, double.NaN)]
    [InlineData(new[] { 1.0, double.NaN, 3 }, new[] { 1.0, 2, 4 }, double.NaN)]
    public void Spearman_KnownVectors_AreSciPys(double[] predicted, double[] labels, double expected) =>
        Assert.Equal(expected, ClassMetrics.Spearman(predicted, labels), 1e-14);

    /// <summary>Ranks of equal values are their mean, as counted one by one.</summary>
    [Fact]
    public void Spearman_Ties_ArePearsonOfMeanRanks()
    {
        var random = new Random(3);
        double[] left = [.. Enumerable.Range(0, 60).Select(_ => (double)random.Next(6))];
        double[] right = [.. left.Select(value => value + random.Next(4))];
        double[] Ranks(double[] values) =>
            [.. values.Select(value => values.Count(v => v < value) + ((values.Count(v => v == value) + 1) / 2.0))];
        Assert.Equal(
            ClassMetrics.Pearson(Ranks(left), Ranks(right)), ClassMetrics.Spearman(left, right), 1e-14);
    }

    /// <summary>Vectors of one to 277 elements, of two to seven classes, by the definitions in fractions.</summary>
    [Fact]
    public void Classes_RecordedVectors_HaveTheRecordedScores() => Assert.All(Golden("classes"), row =>
    {
        int[] predicted = [.. Numbers(row, "predicted").Select(value => (int)value)];
        int[] labels = [.. Numbers(row, "labels").Select(value => (int)value)];
        Assert.Equal(Number(row, "matthews"), ClassMetrics.Matthews(predicted, labels), 1e-14);
        Assert.Equal(Number(row, "accuracy"), ClassMetrics.Accuracy(predicted, labels), 1e-15);
        Assert.Equal(Number(row, "f1"), ClassMetrics.F1(predicted, labels), 1e-15);
    });

    /// <summary>Numbers with few and many ties, and a constant side, which gives NaN.</summary>
    [Fact]
    public void Numbers_RecordedVectors_HaveTheRecordedScores() => Assert.All(Golden("scores"), row =>
    {
        var (predicted, labels) = (Numbers(row, "predicted"), Numbers(row, "labels"));
        Assert.Equal(Number(row, "pearson"), ClassMetrics.Pearson(predicted, labels), 1e-13);
        Assert.Equal(Number(row, "spearman"), ClassMetrics.Spearman(predicted, labels), 1e-13);
        double mean = Number(row, "mse");
        Assert.Equal(mean, ClassMetrics.MeanSquaredError(predicted, labels), 1e-13 * Math.Max(1, mean));
    });

    /// <summary>Files of the user's own are scored as Transformers' example does without a task.</summary>
    [Fact]
    public void Score_OfOwnFiles_IsAccuracyOrSquaredError()
    {
        var classes = GlueTask.Own(new LabelScheme(["bad", "good", "mixed"]));
        var numbers = GlueTask.Own(new LabelScheme([]));

        Assert.Equal(["accuracy"], classes.Score([2, 1, 0, 0], [2, 1, 1, 0]).Keys);
        Assert.Equal(0.75, classes.Score([2, 1, 0, 0], [2, 1, 1, 0])["accuracy"]);
        Assert.Equal(["mse", "pearson"], numbers.Score([1, 2, 3], [1, 2, 5]).Keys);
        Assert.Equal(4.0 / 3, numbers.Score([1, 2, 3], [1, 2, 5])["mse"], 1e-15);
        Assert.Equal(("accuracy", "pearson"), (classes.SearchMetric, numbers.SearchMetric));
        Assert.Equal((false, true), (classes.IsRegression, numbers.IsRegression));
        Assert.Equal(["bad", "good", "mixed"], classes.Labels);
    }

    [Fact]
    public void Accuracy_OtherCounts_IsRefused() => Assert.Contains(
        "1 predictions for 2 labels",
        Assert.Throws<ArgumentException>(() => ClassMetrics.Accuracy([1], [1, 0])).Message);

    [Theory]
    [InlineData("cola", "matthews_correlation")]
    [InlineData("mrpc", "accuracy f1 combined_score")]
    [InlineData("stsb", "pearson spearmanr combined_score")]
    [InlineData("mnli", "accuracy")]
    public void Score_OfATask_HasTheNamesOfTheHubsMetric(string task, string names)
    {
        var scores = GlueTask.All.Single(each => each.Name == task).Score([1, 0, 1, 1], [1, 0, 0, 1]);
        Assert.Equal(names.Split(' '), scores.Keys);
        Assert.Contains(GlueTask.All.Single(each => each.Name == task).SearchMetric, scores.Keys);
        if (scores.TryGetValue("combined_score", out double mean))
        {
            Assert.Equal(scores.Values.Take(2).Average(), mean, 1e-15);
        }
    }

    private static JsonElement[] Golden(string kind) => [.. JsonDocument.Parse(File.ReadAllText(Path.Combine(
        Repository.Root, "tests/LoNas.Tests/Evaluation/Glue/class_metrics_golden.json")))
        .RootElement.GetProperty(kind).EnumerateArray()];

    private static double[] Numbers(JsonElement row, string name) =>
        [.. row.GetProperty(name).EnumerateArray().Select(value => value.GetDouble())];

    private static double Number(JsonElement row, string name) =>
        row.GetProperty(name) is { ValueKind: JsonValueKind.Number } value ? value.GetDouble() : double.NaN;
}
