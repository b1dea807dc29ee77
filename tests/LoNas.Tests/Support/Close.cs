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

    public static void Absolute(Tensor expected, Tensor actual, double tolerance) =>
        Assert.True(
            LargestDifference(expected, actual) is var difference && difference <= tolerance,
            $"largest difference {difference} is over {tolerance}");
}
