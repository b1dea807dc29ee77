using static TorchSharp.torch;

namespace LoNas.Tests.Support;

/// <summary>Compares tensors and says by how much they differ.</summary>
internal static class Close
{
    public static double LargestDifference(Tensor expected, Tensor actual)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(expected.shape, actual.shape);
        return (expected.to(ScalarType.Float64) - actual.to(ScalarType.Float64)).abs().max().item<double>();
    }

    /// <summary>
    /// As <see cref="Absolute(Tensor, Tensor, double)"/>; <see cref="ParityLog"/> keeps the difference under its name.
    /// </summary>
    public static void Recorded(string quantity, Tensor expected, Tensor actual, double tolerance)
    {
        ParityLog.Add(quantity, LargestDifference(expected, actual), tolerance, "abs");
        Absolute(expected, actual, tolerance);
    }

    /// <summary>The same, for a tolerance that is part of a longer rule, named in the row.</summary>
    public static void Recorded(string quantity, Tensor expected, Tensor actual, double tolerance, string rule)
    {
        ParityLog.Add(quantity, LargestDifference(expected, actual), rule);
        Absolute(expected, actual, tolerance);
    }

    /// <summary>Compares with a tolerance of 1e-4 of the largest element, as the recordings do.</summary>
    public static void Gradient(string quantity, Tensor expected, Tensor actual)
    {
        using var scope = NewDisposeScope();
        double largest = expected.abs().max().item<float>();
        ParityLog.Add(quantity, LargestDifference(expected, actual), "1e-4 of the tensor's largest, or 1e-5 abs");
        Absolute(expected, actual, Math.Max(1e-5, 1e-4 * largest));
    }

    /// <summary>Compares numbers.</summary>
    public static void Absolute(string quantity, double expected, double actual, double tolerance)
    {
        ParityLog.Add(quantity, Math.Abs(expected - actual), tolerance, "abs");
        Assert.Equal(expected, actual, tolerance);
    }

    /// <summary>Compares relative to the expected number.</summary>
    public static void Relative(string quantity, double expected, double actual, double tolerance)
    {
        double difference = Math.Abs(actual - expected) / Math.Abs(expected);
        ParityLog.Add(quantity, difference, tolerance, "rel");
        Assert.True(difference <= tolerance, $"{actual} is {difference} away from {expected}; {tolerance} is allowed");
    }

    public static void Absolute(Tensor expected, Tensor actual, double tolerance) =>
        Assert.True(
            LargestDifference(expected, actual) is var difference && difference <= tolerance,
            $"largest difference {difference} is over {tolerance}");
}
