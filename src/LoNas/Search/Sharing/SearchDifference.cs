using System.Text.Json.Nodes;
using LoNas.Storage;

namespace LoNas.Search.Sharing;

/// <summary>What of two searches differs, for a message.</summary>
public static class SearchDifference
{
    private const int MostShown = 12;

    /// <param name="before">What one depends on.</param>
    /// <param name="now">What the other does.</param>
    public static string Between(JsonObject before, JsonObject now) => string.Join("; ", now
        .Select(entry => entry.Key).Union(before.Select(entry => entry.Key))
        .Where(key => !JsonNode.DeepEquals(now[key], before[key]))
        .Select(key => $"{Excerpt.Of(key)} was {Show(before[key])} and is {Show(now[key])}").Take(MostShown));

    private static string Show(JsonNode? value) => Excerpt.Of(value?.ToJsonString() ?? "none");
}
