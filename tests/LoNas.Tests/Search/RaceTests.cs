using LoNas.Search;
using LoNas.Search.Algorithms;

namespace LoNas.Tests.Search;

public sealed class RaceTests
{
    [Theory]
    [InlineData(100, new[] { 13, 25, 50, 100 })]
    [InlineData(3, new[] { 1, 2, 3 })]
    [InlineData(1, new[] { 1 })]
    public void Rungs_Double_UpToAll(int samples, int[] expected) => Assert.Equal(expected, Race.Rungs(samples));

    [Fact]
    public void UpperBound_MoreAnswers_ComesDownToTheShare()
    {
        double[] bounds = [.. new[] { 10, 20, 40, 80, 100 }.Select(asked => Race.UpperBound(asked / 2, asked, 100))];

        Assert.Equal(bounds.OrderDescending(), bounds);
        Assert.Equal(0.5, bounds[^1]);
        Assert.InRange(bounds[0], 0.7, 0.85);
    }

    [Fact]
    public void UpperBound_FewLeft_IsNeverMoreThanAllOfThemRight() =>
        Assert.Equal(0.52, Race.UpperBound(50, 98, 100), 1e-12);

    [Fact]
    public void UpperBound_RandomOrders_HoldsAsOftenAsItSays()
    {
        var random = new LoNas.Runtime.SeededRandom(1);
        int held = 0;
        for (int trial = 0; trial < 2000; trial++)
        {
            int right = random.Permutation(200).Take(25).Count(sample => sample < 140);
            held += Race.UpperBound(right, 25, 200) >= 0.7 ? 1 : 0;
        }

        Assert.InRange(held / 2000.0, 0.96, 1);
    }

    [Fact]
    public void Run_RandomCandidates_AsksFarLessAndKeepsTheFront()
    {
        var random = new LoNas.Runtime.SeededRandom(3);
        var (whole, raced) = (new List<double[]>(), new List<double[]>());
        int asked = 0;
        for (int candidate = 0; candidate < 60; candidate++)
        {
            // Expensive candidates tend to be good, and some are bad at any cost.
            double cost = random.NextDouble();
            double skill = (0.3 + (0.6 * cost)) * (random.Next(2) == 0 ? 1 : 0.6);
            bool[] answers = [.. Enumerable.Range(0, 120).Select(_ => random.NextDouble() < skill)];
            whole.Add([cost, -answers.Count(answer => answer) / 120.0]);
            raced.Add([cost, -Race.Run(120, cost, raced, (from, to) =>
            {
                asked += to - from;
                return answers[from..to].Count(answer => answer);
            })]);
        }

        Assert.Equal(Front(whole), Front(raced));
        Assert.InRange(asked, 1, (int)(0.7 * 60 * 120));

        static string[] Front(IEnumerable<double[]> objectives) =>
            [.. ParetoFront.Of(objectives.Select(values => new EvaluatedGenome([], values, 0)))
                .Select(entry => $"{entry.Objectives[0]} {entry.Objectives[1]}")];
    }

    [Fact]
    public void IsLost_OnlyToCheaperOnesThatAreAsGood()
    {
        double[][] rivals = [[5, -0.8], [7, -0.9]];

        Assert.True(Race.IsLost(6, -0.8, rivals));
        Assert.False(Race.IsLost(6, -0.81, rivals));
        Assert.False(Race.IsLost(4, -0.1, rivals));
        Assert.False(Race.IsLost(6, -0.1, []));
    }
}
