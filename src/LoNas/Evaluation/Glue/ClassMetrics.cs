namespace LoNas.Evaluation.Glue;

/// <summary>
/// The metrics of GLUE with the values that scikit-learn and SciPy give, constant predictions included.
/// </summary>
public static class ClassMetrics
{
    /// <summary>The share of predictions that are right.</summary>
    public static double Accuracy(IReadOnlyList<int> predicted, IReadOnlyList<int> labels)
    {
        Require(predicted.Count, labels.Count);
        return predicted.Zip(labels).Count(pair => pair.First == pair.Second) / (double)labels.Count;
    }

    /// <summary>
    /// F1 of class 1: the harmonic mean of precision and recall; 0 where none is predicted and none is there.
    /// </summary>
    public static double F1(IReadOnlyList<int> predicted, IReadOnlyList<int> labels)
    {
        Require(predicted.Count, labels.Count);
        int hits = predicted.Zip(labels).Count(pair => pair is (1, 1));
        int both = predicted.Count(value => value == 1) + labels.Count(value => value == 1);
        return both == 0 ? 0 : 2.0 * hits / both;
    }

    /// <summary>
    /// Matthews' correlation coefficient of any number of classes (Gorodkin, 2004); 0 where one side is constant.
    /// </summary>
    public static double Matthews(IReadOnlyList<int> predicted, IReadOnlyList<int> labels)
    {
        Require(predicted.Count, labels.Count);
        double all = labels.Count;
        double right = predicted.Zip(labels).Count(pair => pair.First == pair.Second);
        var asked = labels.CountBy(value => value).ToDictionary();
        var given = predicted.CountBy(value => value).ToDictionary();
        double chance = asked.Sum(each => (double)each.Value * given.GetValueOrDefault(each.Key));
        double spreadAsked = (all * all) - asked.Values.Sum(count => (double)count * count);
        double spreadGiven = (all * all) - given.Values.Sum(count => (double)count * count);
        return spreadAsked * spreadGiven == 0
            ? 0
            : ((right * all) - chance) / Math.Sqrt(spreadAsked * spreadGiven);
    }

    /// <summary>The mean of the squares of the differences.</summary>
    public static double MeanSquaredError(IReadOnlyList<double> predicted, IReadOnlyList<double> labels)
    {
        Require(predicted.Count, labels.Count);
        return predicted.Zip(labels).Average(pair => (pair.First - pair.Second) * (pair.First - pair.Second));
    }

    /// <summary>
    /// Pearson's correlation coefficient, from -1 to 1; NaN where one side is constant, as a single pair is, of which
    /// SciPy gives none.
    /// </summary>
    public static double Pearson(IReadOnlyList<double> predicted, IReadOnlyList<double> labels)
    {
        Require(predicted.Count, labels.Count);
        if (IsConstant(predicted) || IsConstant(labels))
        {
            return double.NaN;
        }

        var (left, right) = (Direction(predicted), Direction(labels));
        return Math.Clamp(left.Zip(right).Sum(pair => pair.First * pair.Second), -1, 1);
    }

    /// <summary>Spearman's rank correlation coefficient; equal values share the mean of their ranks.</summary>
    public static double Spearman(IReadOnlyList<double> predicted, IReadOnlyList<double> labels) =>
        Pearson(Ranks(predicted), Ranks(labels));

    /// <summary>The ranks of values from 1; those of equal values are their mean.</summary>
    private static double[] Ranks(IReadOnlyList<double> values)
    {
        var ranks = new double[values.Count];
        if (values.Any(double.IsNaN))
        {
            Array.Fill(ranks, double.NaN); // as SciPy's default passes it on
            return ranks;
        }

        int below = 0;
        foreach (var equals in values.Index().GroupBy(each => each.Item).OrderBy(group => group.Key))
        {
            int count = equals.Count();
            foreach (var (index, _) in equals)
            {
                ranks[index] = below + ((count + 1) / 2.0);
            }

            below += count;
        }

        return ranks;
    }

    /// <summary>The values without their mean, divided by their norm.</summary>
    private static double[] Direction(IReadOnlyList<double> values)
    {
        double mean = values.Average();
        var centred = values.Select(value => value - mean).ToArray();
        // The largest is taken out first, so that squares neither overflow nor vanish.
        double largest = centred.Max(Math.Abs);
        double norm = largest * Math.Sqrt(centred.Sum(value => value / largest * (value / largest)));
        return [.. centred.Select(value => value / norm)];
    }

    private static bool IsConstant(IReadOnlyList<double> values) => values.All(value => value == values[0]);

    private static void Require(int predicted, int labels)
    {
        if (predicted != labels || labels == 0)
        {
            throw new ArgumentException(
                $"{predicted} predictions for {labels} labels; expected one for each, and at least one");
        }
    }
}
