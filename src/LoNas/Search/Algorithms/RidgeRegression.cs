namespace LoNas.Search.Algorithms;

/// <summary>
/// Linear models y = mean + w (x - mean x), fitted with a penalty on the squared weights. The normal equations are
/// built once and can be solved for several penalties.
/// </summary>
internal sealed class RidgeRegression
{
    private readonly double[] _center;
    private readonly double[][] _gram;
    private readonly double[] _right;
    private readonly double _mean;

    /// <summary>Builds the normal equations.</summary>
    /// <param name="features">[N, D], N examples of D features.</param>
    /// <param name="targets">[N].</param>
    public RidgeRegression(IReadOnlyList<double[]> features, IReadOnlyList<double> targets)
    {
        int size = features[0].Length;
        _center = [.. Enumerable.Range(0, size).Select(d => features.Average(row => row[d]))];
        _mean = targets.Average();
        _gram = [.. Enumerable.Range(0, size).Select(i => new double[i + 1])];
        _right = new double[size];
        for (int n = 0; n < features.Count; n++)
        {
            Add([.. features[n].Select((value, d) => value - _center[d])], targets[n] - _mean);
        }
    }

    /// <summary>The fitted model, which predicts from the features of one example, [D].</summary>
    /// <param name="penalty">Above 0.</param>
    public Func<double[], double> Fit(double penalty)
    {
        double[][] factor = [.. _gram.Select(row => row.ToArray())];
        double[] weights = [.. _right];
        for (int i = 0; i < weights.Length; i++)
        {
            factor[i][i] += penalty;
        }

        SolveInPlace(factor, weights);
        double constant = _mean - Dot(weights, _center, weights.Length);
        return row => constant + Dot(weights, row, weights.Length);
    }

    private void Add(double[] row, double target)
    {
        for (int i = 0; i < row.Length; i++)
        {
            double value = row[i];
            _right[i] += value * target;
            var sums = _gram[i];
            for (int j = 0; j < sums.Length; j++)
            {
                sums[j] += value * row[j];
            }
        }
    }

    /// <summary>
    /// Solves by Cholesky's method: the lower half of a positive definite matrix becomes its factor, the right side the
    /// solution.
    /// </summary>
    private static void SolveInPlace(double[][] matrix, double[] right)
    {
        for (int i = 0; i < right.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                matrix[i][j] = (matrix[i][j] - Dot(matrix[i], matrix[j], j)) / matrix[j][j];
            }

            matrix[i][i] = Math.Sqrt(matrix[i][i] - Dot(matrix[i], matrix[i], i));
            right[i] = (right[i] - Dot(matrix[i], right, i)) / matrix[i][i];
        }

        for (int i = right.Length - 1; i >= 0; i--)
        {
            for (int k = i + 1; k < right.Length; k++)
            {
                right[i] -= matrix[k][i] * right[k];
            }

            right[i] /= matrix[i][i];
        }
    }

    private static double Dot(double[] left, double[] right, int count)
    {
        double sum = 0;
        for (int k = 0; k < count; k++)
        {
            sum += left[k] * right[k];
        }

        return sum;
    }
}
