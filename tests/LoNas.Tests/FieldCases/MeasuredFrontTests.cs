using System.Text.Json;
using System.Text.RegularExpressions;
using LoNas.Formats.Nncf;
using LoNas.Search;
using LoNas.Search.Algorithms;
using LoNas.Storage;
using LoNas.Tests.Support;

namespace LoNas.Tests.FieldCases;

/// <summary>
/// The front holds whatever was measured and is not beaten, the maximal sub-adapter too; noise beats nothing; and a
/// search that recommends the maximal one says why.
/// </summary>
public sealed class MeasuredFrontTests(SearchSample sample) : IClassFixture<SearchSample>
{
    [Theory]
    [InlineData("loss", "random", "False", "2")]
    [InlineData("loss", "nsga2", "False", "8")]
    [InlineData("loss", "nsga2", "True", "8")]
    [InlineData("loss", "hill_climbing", "False", "4")]
    [InlineData("accuracy", "random", "False", "4")]
    [InlineData("accuracy", "nsga2", "True", "8")]
    public void Search_Front_IsWhatNothingInTheJournalBeats(
        string metric, string algorithm, string warmStart, string evaluations)
    {
        var output = sample.NewFolder();

        var run = SampleRun.Run(sample.Search(
            output, ("search_metric", metric), ("search_algorithm", algorithm), ("warm_start", warmStart),
            ("num_evals", evaluations), ("population", "2")));

        Assert.Equal(0, run.ExitCode);
        // The journal begins with the maximal and the heuristic one; every line after its head is one measurement.
        double[][] measured = [.. File.ReadAllLines(Path.Combine(output, "search_journal.jsonl")).Skip(1)
            .Select(line => JsonInput.Parse(line, "test").GetProperty("objectives").EnumerateArray()
                .Select(value => value.GetDouble()).ToArray())];
        var unbeaten = measured.Where(one => !measured.Any(other =>
                other[0] <= one[0] && other[1] <= one[1] && (other[0] < one[0] || other[1] < one[1])))
            .Select(one => (Macs: Math.Round(one[0] * 1e6), Metric: Math.Abs(one[1]))).Distinct().Order();
        Assert.Equal(unbeaten, Front(output).Select(entry => (
            entry.GetProperty("macs").GetDouble(), entry.GetProperty(metric).GetDouble())));
        Assert.DoesNotContain("latency_noise_ms", Front(output)[0].ToString(), StringComparison.Ordinal);
        // Sane digits everywhere.
        Assert.DoesNotMatch(@"\d\.\d{5}", run.Output + run.Error);
    }

    [Fact]
    public void Search_FrontEndsAtTheMaximal_WhereNothingBeatsIt()
    {
        var output = sample.NewFolder();
        Assert.Equal(0, SampleRun.Run(sample.Search(output, ("search_metric", "loss"))).ExitCode);

        var best = JsonInput.Load(Path.Combine(output, "eval_results.json"), "test");
        Assert.Equal(
            Front(output).Min(entry => entry.GetProperty("loss").GetDouble()),
            Math.Min(
                best.GetProperty("val_maximal_loss").GetDouble(),
                Front(output)[^1].GetProperty("loss").GetDouble()));
    }

    /// <summary>A search by loss judges by nats, of which make-config's acc_delta of 0.01 allows few.</summary>
    [Fact]
    public void Search_ByLossThatEveryCutCosts_SaysThatTheBestIsTheMaximalAndWhatAcceptsAnother()
    {
        var output = sample.NewFolder();
        (string, string?)[] search = [("search_metric", "loss"), ("num_evals", "8")];
        var journal = Path.Combine(output, "search_journal.jsonl");
        Assert.Equal(0, SampleRun.Run(sample.Search(output, search)).ExitCode);
        // The sample's adapter has learned little, and gains by cuts: as if it had learned as adapters should.
        File.WriteAllText(journal, GoodMaximal(File.ReadAllText(journal)));

        var run = SampleRun.Run(sample.Search(output, search));

        Assert.Equal(0, run.ExitCode);
        var results = JsonInput.Load(Path.Combine(output, "eval_results.json"), "test");
        Assert.Equal(
            results.GetProperty("val_maximal_loss").GetDouble(), results.GetProperty("val_best_loss").GetDouble());
        Assert.Contains("warning: The best is the maximal sub-adapter: of ", run.Error, StringComparison.Ordinal);
        Assert.Contains("(--search_metric, --num_evals)", run.Error, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"\d\.\d{5}", run.Error);
        // What it advises holds.
        var delta = Regex.Match(run.Error, @"an acc_delta above ([\d.]+) accepts it").Groups[1].Value;
        var wider = sample.NewFolder();
        var configuration = $"{wider}.json";
        File.WriteAllText(configuration, File.ReadAllText(SampleRun.Configuration)
            .Replace("\"acc_delta\": 0.01", $"\"acc_delta\": {delta}1"));
        search = [.. search, ("nncf_config", configuration)];
        Assert.Equal(0, SampleRun.Run(sample.Search(wider, search)).ExitCode);
        journal = Path.Combine(wider, "search_journal.jsonl");
        File.WriteAllText(journal, GoodMaximal(File.ReadAllText(journal)));
        var again = SampleRun.Run(sample.Search(wider, search));
        Assert.Equal((0, ""), (again.ExitCode, again.Error));
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(1e6)]
    public void Search_ByLatency_ShowsNothingAsFasterThatNoiseMayHaveMade(double noise)
    {
        var output = sample.NewFolder();
        string[] search = sample.Search(
            output, ("search_cost", "latency"), ("search_metric", "loss"), ("num_evals", "8"));
        SampleLatency.Save(output, noise, search);

        var run = SampleRun.Run(search);

        Assert.Equal(0, run.ExitCode);
        if (noise > 0)
        {
            // No sub-adapter is faster than another one: what is left is the one with the least loss.
            var journal = File.ReadAllLines(Path.Combine(output, "search_journal.jsonl")).Skip(1)
                .Select(line => JsonInput.Parse(line, "test").GetProperty("objectives")[1].GetDouble());
            Assert.Equal(journal.Min(), Assert.Single(Front(output)).GetProperty("loss").GetDouble());
            Assert.Equal(noise, Front(output)[0].GetProperty("latency_noise_ms").GetDouble());
            Assert.Contains("noise: two measurements of one sub-adapter differ by up to 1000000.00 ms", run.Output);
            Assert.Contains("none is faster by more than the 1000000 ms", run.Error);
        }
        else
        {
            Assert.True(Front(output).Length > 1);
            Assert.DoesNotContain("noise", run.Output + run.Error);
        }
    }

    [Theory]
    // Costs and metrics by cost; noise; what stays.
    [InlineData("1/9 2/8 3/7", 0, "1/9 2/8 3/7")]
    [InlineData("1/9 2/8 3/7", 0.5, "1/9 2/8 3/7")]
    [InlineData("1/9 2/8 3/7", 1, "1/9 3/7")]
    [InlineData("1/9 2/8 3/7", 1.5, "1/9 3/7")]
    [InlineData("1/9 2/8 3/7", 2, "3/7")]
    [InlineData("1/9 2/8 3/7 10/6", 2, "3/7 10/6")]
    [InlineData("1/9 5/9 9/9", 0, "1/9")]
    [InlineData("1/9 5/9 9/9", 2, "1/9")]
    [InlineData("1/9", 100, "1/9")]
    [InlineData("1/9 1.1/8.9 1.2/8.8 5/1", 0.15, "1/9 1.2/8.8 5/1")]
    public void Of_Noise_KeepsTheBestOfThoseThatAreEquallyFast(string points, double noise, string expected)
    {
        var front = ParetoFront.Of(Points(points), noise);

        Assert.Equal(expected, string.Join(' ', front.Select(entry =>
            FormattableString.Invariant($"{entry.Objectives[0]}/{entry.Objectives[1]}"))));
    }

    /// <summary>The maximal sub-adapter costs 10 and has a loss of 1.</summary>
    [Theory]
    [InlineData("1/3 5/2", 0.01, 0, "10", "of 2 that cost less none has a loss below 1.0000 + 0.01")]
    [InlineData("1/3 5/2", 0.01, 0, "10", "The nearest, 5.0 M MACs, has loss 2.0000: an acc_delta above 1 accepts it")]
    [InlineData("1/3 5/1.23456", 0.01, 0, "10", "an acc_delta above 0.24 accepts it")]
    [InlineData("1/3 5/1.0123456789012345", 0.01, 0, "10", "an acc_delta above 0.013 accepts it")]
    [InlineData("", 0.01, 0, "10", "nothing that costs less was measured")]
    [InlineData("10/1", 0.01, 0, "10", "nothing that costs less was measured")]
    [InlineData("10/1.001", 0.01, 0, "10", "The best is the maximal sub-adapter: nothing that costs less")]
    [InlineData("10/0.9", 0.01, 0, "10", "The best costs as much as the maximal sub-adapter: nothing that costs less")]
    [InlineData("1/3 5/1.005", 0.01, 0, "5", null)]
    [InlineData("1/3 5/0.5", 0.01, 0, "5", null)]
    [InlineData("9/1.005", 0.01, 2, "10", "none is faster by more than the 2 ms")]
    [InlineData("9/0.9", 0.01, 2, "9", "The best costs as much as the maximal sub-adapter: none is faster")]
    [InlineData("5/1.001 6/1.0005", 0.01, 2, "6", null)]
    [InlineData("7.5/1.005 8.5/0.9", 0.01, 2, "7.5", null)]
    public void Of_SearchByLoss_RecommendsAndExplains(
        string points, double delta, double noise, string cost, string? message)
    {
        var best = BestChoice.Of(
            Points(points), new EvaluatedGenome([0], [10, 1], -1),
            new SearchAxes(SearchCost.Macs, SearchMetric.Loss) { CostNoise = noise },
            new SearchDescription { AccuracyDelta = delta });

        Assert.Equal(double.Parse(cost), best.Entry.Objectives[0]);
        Assert.Equal(message is null, best.Warning is null);
        Assert.Contains(message ?? "", best.Warning ?? "", StringComparison.Ordinal);
        Assert.DoesNotMatch(@"\d\.\d{5}", best.Warning ?? "");
        Assert.Equal(message is null, best.Settings.Count == 0);
    }

    /// <summary>The maximal sub-adapter has 47 of 48 right; others have 46 or 45.</summary>
    [Theory]
    [InlineData(-1, "none is more accurate than 0.9792 - 0.01 (ref_acc - acc_delta)")]
    [InlineData(-1, "The nearest, 5.0 M MACs, has an accuracy of 95.8 %: an acc_delta above 0.021 accepts it")]
    [InlineData(-1, "judge by more validation records")]
    [InlineData(0.99999999999999, "none is more accurate than 1 - 0.01")]
    [InlineData(0.99999999999999, "; lower ref_acc;")]
    public void Of_SearchByAccuracy_ExplainsInSaneDigits(double reference, string message)
    {
        var best = BestChoice.Of(
            [new([1], [5, -46 / 48.0], 0), new([2], [4, -45 / 48.0], 0)],
            new EvaluatedGenome([0], [10, -47 / 48.0], -1),
            new SearchAxes(SearchCost.Macs, SearchMetric.Accuracy),
            new SearchDescription { AccuracyDelta = 0.01, ReferenceAccuracy = reference });

        Assert.Contains(message, best.Warning, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"\d\.\d{5}", best.Warning);
    }

    /// <summary>Every other turn is a second measurement of the same; what it differs by is noise.</summary>
    [Theory]
    [InlineData(1, null)]
    [InlineData(2, 33.0)]
    [InlineData(6, 33.0)]
    public void Run_TurnsThatDiffer_AreTheTablesNoise(int rounds, double? noise)
    {
        var space = SampleRun.Space();
        int candidates = LatencyMeasurement.Candidates(space).Count;
        int turn = 0;

        // A token takes 1 ms in even rounds and 2 in odd ones; the pass over the prompt is one of 33.
        var table = LatencyMeasurement.Run(space, 16, 33, 4, done => done < rounds, (_, tokens) =>
            [.. Enumerable.Repeat(1.0 + (turn++ / candidates % 2), tokens)]);

        Assert.Equal(noise, table.Noise);
        Assert.Equal(33, table.Of(space.Maximal), 1e-9);
    }

    private static EvaluatedGenome[] Points(string points) => [.. points
        .Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Select(point => point.Split('/').Select(double.Parse).ToArray())
        .Select((objectives, i) => new EvaluatedGenome([i + 1], objectives, 0))];

    /// <summary>A journal whose first evaluation, the maximal sub-adapter, has another loss.</summary>
    private static string GoodMaximal(string journal) =>
        new Regex("(\"objectives\":\\[[^,]+,)[^\\]]+").Replace(journal, "${1}1.2345678901234567", 1);

    private static JsonElement[] Front(string output) =>
        [.. JsonInput.Load(Path.Combine(output, "pareto_front.json"), "front").EnumerateArray()];
}
