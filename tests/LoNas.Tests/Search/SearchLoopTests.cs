using System.Text.Json.Nodes;
using LoNas.Formats.Nncf;
using LoNas.Search;
using LoNas.Search.Algorithms;
using LoNas.Tests.Support;

namespace LoNas.Tests.Search;

public sealed class SearchLoopTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lonas-loop-").FullName;

    [Fact]
    public void Run_GenomesThatCutToTheSameModel_AreMeasuredOnce()
    {
        var measured = new List<int[]>();

        // Only the first gene matters to the model.
        var evaluated = Run("all", genome => $"{genome[0]}", genome =>
        {
            measured.Add(genome);
            return [genome[0], -genome[0]];
        });

        Assert.Equal(24, evaluated.Count);
        Assert.Equal(3, measured.Count);
        Assert.All(evaluated, entry => Assert.Equal([entry.Genome[0], -entry.Genome[0]], entry.Objectives));
    }

    [Fact]
    public void Run_AfterAnInterruption_MeasuresOnlyWhatIsMissing()
    {
        int left = 5;
        Assert.Throws<OperationCanceledException>(() => Run("broken", Key, genome =>
            left-- > 0 ? Values(genome) : throw new OperationCanceledException()));
        int measured = 0;

        var resumed = Run("broken", Key, genome =>
        {
            measured++;
            return Values(genome);
        });

        var unbroken = Run("unbroken", Key, Values);
        Assert.Equal(unbroken.Select(entry => Key(entry.Genome)), resumed.Select(entry => Key(entry.Genome)));
        Assert.Equal(unbroken.Select(entry => Key(entry.Genome)).Distinct().Count() - 5, measured);
        Assert.Equal(File.ReadAllText(Journal("unbroken")), File.ReadAllText(Journal("broken")));
    }

    [Fact]
    public void Run_LossThatIsNoNumber_IsTheWorst()
    {
        var evaluated = Run("nan", Key, genome => [genome[0], double.NaN]);

        Assert.All(evaluated, entry => Assert.Equal(double.MaxValue, entry.Objectives[1]));
    }

    [Fact]
    public void Genome_OfASubAdapter_GivesItBack()
    {
        var space = TinySearchSpace.Bind();

        foreach (var subAdapter in new[] { space.Maximal, space.Heuristic, space.Minimal })
        {
            Assert.Equal(subAdapter, Genome.ToSubAdapter(space, Genome.Of(space, subAdapter)));
        }

        Assert.NotEqual(
            Genome.ModelOf(space, Genome.Of(space, space.Maximal)),
            Genome.ModelOf(space, Genome.Of(space, space.Minimal)));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Key(int[] genome) => string.Join(',', genome);

    private static double[] Values(int[] genome) => [genome.Sum(), 1.0 / (1 + genome.Sum())];

    private string Journal(string name) => Path.Combine(_folder, name);

    private IReadOnlyList<EvaluatedGenome> Run(string name, Func<int[], string> model, Func<int[], double[]> measure)
    {
        using var journal = SearchJournal.Open(Journal(name), new JsonObject { ["name"] = "one" });
        var algorithm = SearchAlgorithms.Create(new SearchOptions
        {
            Levels = [3, 3, 3, 3],
            Description = new SearchDescription { Evaluations = 24, Population = 6 },
        });
        return SearchLoop.Run(algorithm, new GenomeMeasurements(journal, model, (genome, _, _) => measure(genome)));
    }
}
