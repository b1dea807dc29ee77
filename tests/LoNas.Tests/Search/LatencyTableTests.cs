using System.Text.Json.Nodes;
using LoNas.Elastic;
using LoNas.Runtime;
using LoNas.Search;
using LoNas.Tests.Support;

namespace LoNas.Tests.Search;

public sealed class LatencyTableTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lonas-latency-").FullName;
    private readonly SearchSpace _space = TinySearchSpace.Bind();

    private string Path => System.IO.Path.Combine(_folder, "latency_table.json");

    [Fact]
    public void Of_TimesThatAddUp_AreFoundExactly()
    {
        var table = LatencyMeasurement.Run(_space, 16, 32, 4, _ => false, Time);
        var random = new SeededRandom(5);

        Assert.True(table.Kinds.Count < _space.Groups.Count, "blocks share their kinds");
        Assert.Equal(Enumerable.Range(0, _space.Groups.Count), table.Kinds.SelectMany(kind => kind.Groups).Order());
        for (int i = 0; i < 20; i++)
        {
            var subAdapter = _space.Random(random, int.MaxValue);
            Assert.Equal(Time(subAdapter, 32).Sum(), table.Of(subAdapter), 1e-9);
        }
    }

    [Fact]
    public void Measure_DisturbedTurns_DoNotCount()
    {
        var random = new SeededRandom(2);

        var table = LatencyMeasurement.Run(
            _space, 16, 32, 4, rounds => rounds < 40, (subAdapter, tokens) =>
            [.. Time(subAdapter, tokens).Select(token => token + (random.Next(2) * 1000))]);

        Assert.Equal(Time(_space.Maximal, 32).Sum(), table.Of(_space.Maximal), 1e-9);
    }

    [Fact]
    public void Load_SavedTable_GivesTheSameSums()
    {
        var table = LatencyMeasurement.Run(_space, 16, 32, 4, _ => false, Time) with { Conditions = Conditions("1") };
        table.Save(Path);

        Assert.Equal(
            table.Of(_space.Heuristic), LatencyTable.Load(Path, _space, Conditions("1")).Of(_space.Heuristic));
    }

    [Fact]
    public void Load_TableMeasuredOtherwise_NamesTheDifference()
    {
        var table = LatencyMeasurement.Run(_space, 16, 32, 4, _ => false, Time) with { Conditions = Conditions("1") };
        table.Save(Path);

        var error = Assert.Throws<InvalidDataException>(() => LatencyTable.Load(Path, _space, Conditions("2")));

        Assert.Contains("was measured otherwise (threads was 1 and is 2)", error.Message);
    }

    [Theory]
    [InlineData("Prefill")]
    [InlineData("Decode")]
    public void Load_FewerTimesThanWidths_IsNamed(string times)
    {
        LatencyMeasurement.Run(_space, 16, 32, 4, _ => false, Time).Save(Path);
        var json = JsonNode.Parse(File.ReadAllText(Path))!;
        json["Kinds"]![0]![times]!.AsArray().RemoveAt(0);
        File.WriteAllText(Path, json.ToJsonString());

        var error = Assert.Throws<InvalidDataException>(
            () => LatencyTable.Load(Path, _space, new Dictionary<string, string>()));

        Assert.Contains("is damaged or of another search space", error.Message);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"PromptTokens\": 1, \"NewTokens\": 2, \"Prefill\": 1, \"Decode\": 1, \"Kinds\": []}")]
    [InlineData("{\"PromptTokens\": 1, \"NewTokens\": 2, \"Prefill\": 1, \"Decode\": 1, \"Kinds\": null}")]
    [InlineData("{\"Kinds\": [{}]}")]
    [InlineData("{\"PromptTokens\": 1, \"NewTokens\": 2, \"Prefill\": 1, \"Decode\": 1, \"Kinds\": [{}, null]}")]
    public void Load_DamagedTable_IsNamed(string content)
    {
        File.WriteAllText(Path, content);

        var error = Assert.Throws<InvalidDataException>(() => LatencyTable.Load(Path, _space, Conditions("1")));

        Assert.Contains("is damaged or of another search space", error.Message);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static Dictionary<string, string> Conditions(string threads) =>
        new() { ["model"] = "abc", ["threads"] = threads };

    /// <summary>Makes the pass over the prompt and each further token cost what follows from the widths.</summary>
    private static double[] Time(SubAdapter subAdapter, int tokens) =>
        [5 + subAdapter.Widths.Sum(), .. Enumerable.Repeat(1 + (0.01 * subAdapter.Widths.Sum()), tokens - 1)];
}
