using LoNas.Search.Algorithms;

namespace LoNas.Tests.Search;

/// <summary>Small fronts whose distances are easily worked out: both objectives reach from 0 to 10.</summary>
public sealed class ReferencePointSurvivalTests
{
    private static readonly double[][] Front = [[0, 10], [4.9, 4.1], [5, 4], [10, 0]];

    [Fact]
    public void Pick_OneFront_KeepsTheNearestToTheAspirationPoint()
    {
        var survivors = Survival([5, 4]).Pick(Front, 2);

        Assert.Equal([2, 1], survivors.Indices);
        Assert.Equal([0, -1], survivors.Crowding);
    }

    [Fact]
    public void Pick_PointsCloserThanEpsilon_KeepsOneOfThem() =>
        Assert.Equal([2, 3], Survival([5, 4], epsilon: 0.1).Pick(Front, 2).Indices);

    [Fact]
    public void Pick_DominatedNearPoint_ComesAfterTheFirstFront() =>
        Assert.Equal([0, 1, 2, 3, 5], Survival([6, 6]).Pick([.. Front, [9, 9], [6, 6]], 5).Indices);

    [Fact]
    public void Pick_WeightOfOneObjective_MeasuresByItAlone()
    {
        Assert.Equal([2], Survival([4, 0]).Pick(Front, 1).Indices);
        Assert.Equal([3], Survival([4, 0], weights: [0, 1]).Pick(Front, 1).Indices);
    }

    [Fact]
    public void Pick_ExtremePoints_KeepsTheEndsToo()
    {
        Assert.DoesNotContain(0, Survival([5, 4]).Pick(Front, 3).Indices);
        Assert.Equal([0, 2, 3], Survival([5, 4], extremePoints: true).Pick(Front, 3).Indices.Order());
    }

    private static ReferencePointSurvival Survival(
        double[] aspiration, double epsilon = 0.001, double[]? weights = null, bool extremePoints = false) =>
        new([aspiration], epsilon, weights, extremePoints);
}
