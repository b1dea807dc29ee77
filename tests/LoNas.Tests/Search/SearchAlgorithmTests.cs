using System.Text.Json;
using LoNas.Adapters;
using LoNas.Files;
using LoNas.Search;
using LoNas.Tests.Support;

namespace LoNas.Tests.Search;

/// <summary>Held against what pymoo 0.6.0.1 recorded on a problem of 30 integer variables.</summary>
public sealed class SearchAlgorithmTests
{
    private static readonly JsonElement Recorded = JsonInput.Load(Repository.Fixture("nsga2.json"), "fixture");
    private static readonly double[][] Cost = Table("cost");
    private static readonly double[][] Error = Table("err");

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Sort_RecordedPopulation_RanksAndCrowdingEqualPymoo(int population)
    {
        var recorded = Recorded.GetProperty("populations")[population];
        double[][] objectives = [.. recorded.GetProperty("F").EnumerateArray().Select(Numbers)];

        Assert.Equal(recorded.GetProperty("rank").EnumerateArray().Select(rank => rank.GetInt32()), NonDominatedSort.Ranks(objectives));
        var crowding = recorded.GetProperty("crowding").EnumerateArray()
            .Select(value => value.ValueKind == JsonValueKind.String ? double.PositiveInfinity : value.GetDouble()).ToArray();
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
        Assert.True(MeanHypervolume(surrogate: true) > mean, "the surrogate finds a better front with as many evaluations");
    }

    [Fact]
    public void Ask_SameSeed_DrawsTheSameGenomes()
    {
        Assert.Equal(Run(3, surrogate: false), Run(3, surrogate: false));
        Assert.NotEqual(Run(3, surrogate: false), Run(4, surrogate: false));
    }

    private static double MeanHypervolume(bool surrogate)
    {
        var reference = Numbers(Recorded.GetProperty("problem").GetProperty("hv_ref_point"));
        return Enumerable.Range(0, 10).Average(seed => Hypervolume.Of(Run(seed, surrogate).Select(Objectives), reference));
    }

    private static int[][] Run(int seed, bool surrogate)
    {
        var runs = Recorded.GetProperty("runs");
        int population = runs.GetProperty("pop").GetInt32();
        var algorithm = SearchAlgorithms.Create(new SearchOptions
        {
            Levels = [.. Recorded.GetProperty("problem").GetProperty("levels").EnumerateArray().Select(level => level.GetInt32())],
            Description = new SearchDescription
            {
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

        Assert.Equal(1000, algorithm.Evaluated.Count);
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

    private static double[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(value => value.GetDouble())];
}
