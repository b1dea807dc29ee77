using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LoNas.Search;
using LoNas.Storage;
using LoNas.Tests.Support;

namespace LoNas.Tests.Cli.Search;

/// <summary>Searches of the committed sample model, after a few steps of training.</summary>
public sealed class SearchTests(SearchSample sample) : IClassFixture<SearchSample>
{
    /// <summary>Two that are alike have no new offspring; the count is that of the table, not of the journal.</summary>
    [Fact]
    public void Run_PopulationThatBringsNothingNew_SaysThatItEndedEarly()
    {
        var run = SampleRun.Run(sample.Search(
            sample.NewFolder(), ("num_evals", "60"), ("population", "2"), ("search_metric", "loss")));

        Assert.Equal(0, run.ExitCode);
        int measured = int.Parse(
            Regex.Match(run.Output, @"search: (\d+) sub-adapters on").Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.InRange(measured, 2, 59);
        Assert.Contains($"the search ended after {measured} of 60 evaluations: its population of 2", run.Output);
        Assert.DoesNotContain("ended after", SampleRun.Run(sample.Search(sample.NewFolder())).Output);
    }

    [Fact]
    public void Run_Search_WritesEverythingTheReferenceWrites()
    {
        var output = sample.NewFolder();

        var run = SampleRun.Run(sample.Search(output));

        SearchSample.Succeeds(run.ExitCode, run.Error);
        Assert.Contains("search 8/8", run.Output);
        string[] expected =
        [
            "all_results.json", "cache_MACs.csv", "cache_top1_acc.csv", "eval_results.json", "lonas.log",
            "pareto_front.json",
            "search_journal.jsonl", "search_progression.csv", "search_progression.png", "subnetwork_best.json",
        ];
        Assert.Equal(expected,
            Directory.EnumerateFiles(output).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal));
        var lines = File.ReadAllLines(Path.Combine(output, "search_progression.csv"));
        Assert.Equal(8, lines.Length);
        Assert.All(lines, line => Assert.Matches(
            """^"\{""width"": \{""0"": \d+, .*\}\}",MACs,\d+\.\d+,top1_acc,(0|-\d(\.\d+)?)$""", line));
        var metrics = JsonInput.Load(Path.Combine(output, "eval_results.json"), "metrics");
        Assert.Equal(
            ["val_maximal_accuracy", "val_heuristic_accuracy", "val_best_accuracy", "performance_metrics"],
            metrics.EnumerateObject().Select(property => property.Name));
        // What no other evaluation beats in both is on the front, ordered by cost.
        double[] costs = [.. Front(output).Select(entry => entry.GetProperty("macs").GetDouble())];
        Assert.Equal(costs.Order(), costs);
        Assert.NotEmpty(costs);
    }

    [Fact]
    public void Run_DryRun_SaysWhatTheSearchDoesAndNothingOfTraining()
    {
        var output = sample.NewFolder();

        var run = SampleRun.Run(sample.Search(output, ("dry_run", "True"), ("num_evals", "10")));

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains(
            "search: NSGA2, 8 evaluations in generations of 4, by accuracy of 6 validation records and by MACs",
            run.Output);
        Assert.DoesNotContain("optimiser steps", run.Output);
        Assert.False(Directory.Exists(output));
    }

    [Fact]
    public void Run_SearchByLossAndParameters_WritesTheirNames()
    {
        var output = sample.NewFolder();

        var run = SampleRun.Run(sample.Search(
            output, ("search_metric", "loss"), ("search_cost", "params"), ("search_algorithm", "hill_climbing"),
            ("warm_start", "True")));

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Matches("}}\",params,\\d+\\.\\d+,loss,\\d+\\.\\d+\r\n",
            File.ReadAllText(Path.Combine(output, "search_progression.csv")));
        Assert.True(File.Exists(Path.Combine(output, "cache_params.csv")));
        // Hill climbing with a warm start begins at the heuristic sub-adapter.
        Assert.Contains("\"\"4\"\": 288", File.ReadLines(Path.Combine(output, "search_progression.csv")).First());
    }

    [Fact]
    public void Run_Racing_AsksLessAndKeepsTheFront()
    {
        var whole = sample.NewFolder();
        var raced = sample.NewFolder();
        (string, string?)[] random = [("search_algorithm", "random"), ("val_set_size", "12"), ("num_evals", "12")];
        Assert.Equal(0, SampleRun.Run(sample.Search(whole, random)).ExitCode);

        var run = SampleRun.Run(sample.Search(raced, [.. random, ("racing", "True")]));

        SearchSample.Succeeds(run.ExitCode, run.Error);
        Assert.Matches(@"racing: \d+ answers for 14 sub-adapters", run.Output);
        Assert.Equal(
            File.ReadAllText(Path.Combine(whole, "pareto_front.json")),
            File.ReadAllText(Path.Combine(raced, "pareto_front.json")));
    }

    [Fact]
    public void Search_TrainedAdapter_FindsWhatRunMathFinds()
    {
        var byTraining = sample.NewFolder();
        var byItself = sample.NewFolder();
        Assert.Equal(0, SampleRun.Run(sample.Search(byTraining)).ExitCode);
        string[] flags = [.. sample.Search(byItself).Skip(1).Where(
            flag => !flag.StartsWith("--lora=") && !flag.StartsWith("--do_search")
                && !flag.StartsWith("--datasets_dir"))];

        var run = SampleRun.Run(["search", .. flags]);

        SearchSample.Succeeds(run.ExitCode, run.Error);
        Assert.Equal(
            File.ReadAllText(Path.Combine(byTraining, "search_journal.jsonl")),
            File.ReadAllText(Path.Combine(byItself, "search_journal.jsonl")));
    }

    [Fact]
    public void Run_SearchByLatency_SumsTheTableAndBelongsToIt()
    {
        var output = sample.NewFolder();
        var path = Path.Combine(output, "latency_table.json");
        LatencyMeasurement.Run(SampleRun.Space(), 16, 32, 4, _ => false, (subAdapter, tokens) =>
            [.. Enumerable.Repeat(subAdapter.Widths.Sum() / 1000.0, tokens)]).Save(path);
        string[] search = sample.Search(
            output, ("search_cost", "latency"), ("search_metric", "loss"), ("num_evals", "2"), ("population", "2"));

        // A table that does not say what it was measured under is not used.
        var otherwise = SampleRun.Run(search);
        Assert.Equal(2, otherwise.ExitCode);
        Assert.Contains("threads was not noted and is 1", otherwise.Error);
        var table = JsonNode.Parse(File.ReadAllText(path))!;
        foreach (var (name, value) in Regex.Matches(otherwise.Error, @"(\w+) was not noted and is (\w+)")
            .Select(match => (match.Groups[1].Value, match.Groups[2].Value)))
        {
            table["Conditions"]![name] = value;
        }

        File.WriteAllText(path, table.ToJsonString());
        Assert.Equal(0, SampleRun.Run(search).ExitCode);

        var entry = Front(output)[0];
        var widths = entry.GetProperty("sub_adapter").GetProperty("width").EnumerateObject()
            .Sum(group => group.Value.GetInt32());
        Assert.Equal(32 * widths / 1000.0, entry.GetProperty("latency_ms").GetDouble(), 1e-9);
        Assert.True(File.Exists(Path.Combine(output, "cache_latency.csv")));
        File.AppendAllText(path, " ");
        var again = SampleRun.Run(search);
        Assert.Equal(2, again.ExitCode);
        Assert.Contains("latency_table was ", again.Error);
    }

    [Fact]
    public void Run_SubAdapterOfTheFront_IsTested()
    {
        var output = sample.NewFolder();
        Assert.Equal(0, SampleRun.Run(sample.Search(output, ("search_metric", "loss"))).ExitCode);
        var front = Path.Combine(output, "pareto_front.json");
        int last = Front(output).Length - 1;
        var largest = Front(output)[last].GetProperty("macs").GetDouble();

        foreach (var (flag, value, name) in new[]
        {
            ("sub_adapter", Path.Combine(output, "subnetwork_best.json"), "subnetwork_best"),
            ("sub_adapter", $"{front}#{last}", $"pareto_front_{last}"),
            ("max_macs", "1T", $"pareto_front_{last}"),
        })
        {
            var results = sample.NewFolder();
            (string, string?)[] choice = flag == "max_macs" ? [("sub_adapter", front), (flag, value)] : [(flag, value)];
            var run = SampleRun.Run(sample.Testing([("output_dir", results), .. choice]));

            Assert.Equal((0, ""), (run.ExitCode, run.Error));
            var metrics = JsonInput.Load(Path.Combine(results, "eval_results.json"), "metrics");
            Assert.True(metrics.TryGetProperty($"{name}_mawps_accuracy", out _), name);
            if (name.StartsWith("pareto", StringComparison.Ordinal))
            {
                Assert.Equal(largest / 1e6, double.Parse(metrics.GetProperty($"{name}_macs").GetString()!), 1e-9);
            }
        }
    }

    private static JsonElement[] Front(string output) =>
        [.. JsonInput.Load(Path.Combine(output, "pareto_front.json"), "front").EnumerateArray()];
}
