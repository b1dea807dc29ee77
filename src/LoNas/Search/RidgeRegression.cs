namespace LoNas.Search;

/// <summary>A linear model y = mean + w (x - mean x), fitted with a penalty on the squared weights.</summary>
internal sealed class RidgeRegression
{
    private readonly double[] _center;
    private readonly double[] _weights;
    private readonly double _mean;

    private RidgeRegression(double[] center, double[] weights, double mean) =>
        (_center, _weights, _mean) = (center, weights, mean);

    /// <summary>Solves the normal equations by Cholesky's method.</summary>
    /// <param name="features">[N, D], N examples of D features.</param>
    /// <param name="targets">[N].</param>
    /// <param name="penalty">Above 0.</param>
    public static RidgeRegression Fit(IReadOnlyList<double[]> features, IReadOnlyList<double> targets, double penalty)
    {
        int size = features[0].Length;
        double[] center = [.. Enumerable.Range(0, size).Select(d => features.Average(row => row[d]))];
        double mean = targets.Average();
        var matrix = new double[size, size];
        var weights = new double[size];
        for (int n = 0; n < features.Count; n++)
        {
            double[] row = [.. features[n].Select((value, d) => value - center[d])];
            for (int i = 0; i < size; i++)
            {
                weights[i] += row[i] * (targets[n] - mean);
                for (int j = 0; j <= i; j++)
                {
                    matrix[i, j] += row[i] * row[j];
                }
            }
        }

        for (int i = 0; i < size; i++)
        {
            matrix[i, i] += penalty;
        }

        SolveInPlace(matrix, weights);
        return new RidgeRegression(center, weights, mean);
    }

    /// <summary>The prediction for one example's features, [D].</summary>
    public double Predict(double[] features)
    {
        double sum = _mean;
        for (int d = 0; d < features.Length; d++)
        {
            sum += _weights[d] * (features[d] - _center[d]);
        }

        return sum;
    }

    /// <summary>Turns the lower half of a positive definite matrix into its factor and the right side into the answer.</summary>
    private static void SolveInPlace(double[,] matrix, double[] right)
    {
        for (int i = 0; i < right.Length; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = matrix[i, j];
                for (int k = 0; k < j; k++)
                {
                    sum -= matrix[i, k] * matrix[j, k];
                }

                matrix[i, j] = i == j ? Math.Sqrt(sum) : sum / matrix[j, j];
            }

            for (int k = 0; k < i; k++)
            {
                right[i] -= matrix[i, k] * right[k];
            }

            right[i] /= matrix[i, i];
        }

        for (int i = right.Length - 1; i >= 0; i--)
        {
            for (int k = i + 1; k < right.Length; k++)
            {
                right[i] -= matrix[k, i] * right[k];
            }

            right[i] /= matrix[i, i];
        }
    }
}
