using System.Text.Json;
using LoNas.Formats.Nncf;
using LoNas.Search;
using LoNas.Search.Algorithms;
using LoNas.Storage;
using LoNas.Tests.Support;

namespace LoNas.Tests.Search;

/// <summary>Compares with pymoo 0.6.0.1, recorded on a problem of 30 integer variables.</summary>
public sealed class SearchAlgorithmTests
{
    private static readonly JsonElement Recorded = JsonInput.Load(Repository.Fixture("nsga2.json"), "fixture");
    private static readonly double[][] Cost = Table("cost");
    private static readonly double[][] Error = Table("err");

    private static int[] Levels =>
        [.. Recorded.GetProperty("problem").GetProperty("levels").EnumerateArray().Select(level => level.GetInt32())];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Sort_RecordedPopulation_RanksAndCrowdingEqualPymoo(int population)
    {
        var recorded = Recorded.GetProperty("populations")[population];
        double[][] objectives = [.. recorded.GetProperty("F").EnumerateArray().Select(Numbers)];

        Assert.Equal(
            recorded.GetProperty("rank").EnumerateArray().Select(rank => rank.GetInt32()),
            NonDominatedSort.Ranks(objectives));
        ParityLog.AddExact("nsga2 ranks");
        var crowding = recorded.GetProperty("crowding").EnumerateArray()
            .Select(value => value.ValueKind == JsonValueKind.String ? double.PositiveInfinity : value.GetDouble())
            .ToArray();
        foreach (var front in NonDominatedSort.Fronts(objectives))
        {
            var distances = CrowdingDistance.Of([.. front.Select(index => objectives[index])]);
            Assert.All(front, (index, place) =>
            {
                if (double.IsInfinity(crowding[index]))
                {
                    Assert.Equal(crowding[index], distances[place]);
                    return;
                }

                Close.Absolute("nsga2 crowding distances", crowding[index], distances[place], 1e-12);
            });
        }
    }

    [Fact]
    public void Nsga2_TenSeeds_MeanHypervolumeIsPymoos()
    {
        var recorded = Recorded.GetProperty("runs").GetProperty("hv_all_evaluated");

        double mean = MeanHypervolume(surrogate: false);

        Assert.Equal(recorded.GetProperty("mean").GetDouble(), mean, recorded.GetProperty("std").GetDouble());
        double surrogate = MeanHypervolume(surrogate: true);
        Assert.True(surrogate > mean, "the surrogate finds a better front with as many evaluations");
        double pymoo = recorded.GetProperty("mean").GetDouble();
        Assert.True(surrogate > pymoo, $"{surrogate} against pymoo's {pymoo}");
    }

    [Theory]
    [InlineData("NSGA2")]
    [InlineData("RNSGA2")]
    [InlineData("random")]
    [InlineData("hill_climbing")]
    public void Ask_SameSeed_DrawsTheSameGenomes(string algorithm)
    {
        Assert.Equal(Run(3, surrogate: false, algorithm), Run(3, surrogate: false, algorithm));
        Assert.NotEqual(Run(3, surrogate: false, algorithm), Run(4, surrogate: false, algorithm));
    }

    [Fact]
    public void RNsga2_AspirationPoint_CrowdsAroundIt()
    {
        // The distance to a point beyond the front is the mean over the ten nearest evaluations.
        double[] aspiration = [0.3, 0];

        double preferring = Distance(Run(1, surrogate: false, "RNSGA2", aspiration), aspiration);

        Assert.True(preferring < Distance(Run(1, surrogate: false), aspiration), "R-NSGA-II comes nearer than NSGA-II");
        Assert.True(
            preferring < Distance(Run(1, surrogate: false, "random"), aspiration), "and nearer than random search");
    }

    [Fact]
    public void HillClimbing_FirstSteps_AreNeighboursOfTheHeuristicGenome()
    {
        int[] heuristic = [.. Levels.Select(count => (count - 1) / 2)];

        var genomes = Run(0, surrogate: false, "hill_climbing");

        Assert.Equal(heuristic, genomes[0]);
        Assert.All(
            genomes[1..40],
            genome => Assert.Equal(1, genome.Zip(heuristic, (to, from) => Math.Abs(to - from)).Sum()));
        Assert.Equal(genomes.Length, genomes.Select(genome => string.Join(',', genome)).Distinct().Count());
    }

    [Fact]
    public void RNsga2_TenSeeds_BeatsRandomSearch()
    {
        var recorded = Recorded.GetProperty("runs").GetProperty("hv_random_search_1000");
        double random = recorded.GetProperty("mean").GetDouble();

        Assert.True(MeanHypervolume(surrogate: false, "RNSGA2") > random);
    }

    [Fact]
    public void HillClimbing_HundredGenerations_DominatesWhereItBegan()
    {
        var objectives = Run(0, surrogate: false, "hill_climbing").Select(Objectives).ToArray();

        // As cheap as the heuristic genome, but with less error.
        double least = objectives.Where(values => values[0] <= objectives[0][0]).Min(values => values[1]);
        Assert.True(least < 0.9 * objectives[0][1], $"{least} against {objectives[0][1]}");
    }

    [Fact]
    public void HillClimbing_CheaperNeighboursWithoutALoss_AreNoStep()
    {
        // At and below the heuristic genome no loss is a number; cheaper genomes then dominate the more expensive ones.
        var algorithm = SearchAlgorithms.Create(new SearchOptions
        {
            Levels = [5, 5, 5],
            Description = new SearchDescription { Algorithm = "hill_climbing", Evaluations = 60, Population = 4 },
        });
        while (algorithm.Ask() is { Count: > 0 } genomes)
        {
            algorithm.Tell(
                genomes, [.. genomes.Select(genome => new[] { genome.Sum(), genome.Sum() > 6 ? 1 : double.NaN })]);
        }

        Assert.False(algorithm.Evaluated[0].IsMeasured);
        Assert.Equal([7, 1], Assert.Single(ParetoFront.Of(algorithm.Evaluated)).Objectives);
    }

    [Theory]
    [InlineData("NSGA2", 8)]
    [InlineData("RNSGA2", 8)]
    [InlineData("random", 10)]
    [InlineData("hill_climbing", 10)]
    public void EvaluationsOf_NoWholeNumberOfGenerations_IsWhatTheSearchMakes(string name, int expected)
    {
        var description = new SearchDescription { Algorithm = name, Evaluations = 10, Population = 4 };
        var algorithm = SearchAlgorithms.Create(new SearchOptions { Levels = [5, 5, 5, 5], Description = description });
        while (algorithm.Ask() is { Count: > 0 } genomes)
        {
            algorithm.Tell(
                genomes, [.. genomes.Select(genome => new double[] { genome.Sum(), genome[0] - genome[1] })]);
        }

        Assert.Equal(expected, algorithm.Evaluated.Count);
        Assert.Equal(expected, SearchAlgorithms.EvaluationsOf(description));
    }

    private static double Distance(int[][] genomes, double[] point) => genomes.Select(Objectives)
        .Select(values => Math.Sqrt(values.Zip(point, (left, right) => (left - right) * (left - right)).Sum()))
        .Order().Take(10).Average();

    private static double MeanHypervolume(bool surrogate, string algorithm = "NSGA2")
    {
        var reference = Numbers(Recorded.GetProperty("problem").GetProperty("hv_ref_point"));
        return Enumerable.Range(0, 10)
            .Average(seed => Hypervolume.Of(Run(seed, surrogate, algorithm).Select(Objectives), reference));
    }

    private static int[][] Run(int seed, bool surrogate, string name = "NSGA2", double[]? aspiration = null)
    {
        var runs = Recorded.GetProperty("runs");
        int population = runs.GetProperty("pop").GetInt32();
        var algorithm = SearchAlgorithms.Create(new SearchOptions
        {
            Levels = Levels,
            Description = new SearchDescription
            {
                Algorithm = name,
                AspirationPoints = [aspiration ?? [0, 0]],
                Population = population,
                Evaluations = population * runs.GetProperty("n_gen").GetInt32(),
                Seed = seed,
            },
            Surrogate = surrogate,
        });
        while (algorithm.Ask() is { Count: > 0 } genomes)
        {
            algorithm.Tell(genomes, [.. genomes.Select(Objectives)]);
        }

        // A population that has converged may find no new offspring.
        Assert.InRange(algorithm.Evaluated.Count, name == "RNSGA2" ? 900 : 1000, 1000);
        return [.. algorithm.Evaluated.Select(entry => entry.Genome)];
    }

    private static double[] Objectives(int[] genome) => [Share(genome, Cost, "c"), Share(genome, Error, "e")];

    private static double Share(int[] genome, double[][] table, string letter)
    {
        var problem = Recorded.GetProperty("problem");
        double low = problem.GetProperty($"{letter}min").GetDouble();
        double sum = genome.Select((level, variable) => table[variable][level]).Sum();
        return (sum - low) / (problem.GetProperty($"{letter}max").GetDouble() - low);
    }

    private static double[][] Table(string name) =>
        [.. Recorded.GetProperty("problem").GetProperty(name).EnumerateArray().Select(Numbers)];

    private static double[] Numbers(JsonElement array) =>
        [.. array.EnumerateArray().Select(value => value.GetDouble())];
}
