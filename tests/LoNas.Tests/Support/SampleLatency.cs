using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LoNas.Search;

namespace LoNas.Tests.Support;

/// <summary>Latency tables of the sample model that a search takes for its own.</summary>
internal static class SampleLatency
{
    /// <summary>
    /// Writes a table by which a sub-adapter's time is the sum of its widths. Its conditions are the search's, which
    /// names those that it misses.
    /// </summary>
    /// <param name="output">The search's folder.</param>
    /// <param name="noise">What two measurements of one differ by; null where the table does not say.</param>
    /// <param name="search">The command line of the search.</param>
    public static void Save(string output, double? noise, string[] search)
    {
        var path = Path.Combine(output, SearchFiles.LatencyTable);
        var measured = LatencyMeasurement.Run(SampleRun.Space(), 16, 32, 4, _ => false, (subAdapter, tokens) =>
            [.. Enumerable.Repeat(subAdapter.Widths.Sum() / 1000.0, tokens)]);
        (measured with { Noise = noise }).Save(path);
        var table = JsonNode.Parse(File.ReadAllText(path))!;
        foreach (Match match in Regex.Matches(SampleRun.Run(search).Error, @"(\w+) was not noted and is (\w+)"))
        {
            table["Conditions"]![match.Groups[1].Value] = match.Groups[2].Value;
        }

        File.WriteAllText(path, table.ToJsonString());
    }
}
