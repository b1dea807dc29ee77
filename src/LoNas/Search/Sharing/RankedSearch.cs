using System.Text.Json;
using System.Text.Json.Nodes;
using LoNas.Distributed;

namespace LoNas.Search.Sharing;

/// <summary>
/// A search by the ranks of one run: the members of a generation are dealt in turn, and each rank is told what all have
/// measured. The first rank alone has the journal.
/// </summary>
/// <param name="ranks">The ranks.</param>
/// <param name="folder">The first rank's output folder; null keeps everything in memory.</param>
public sealed class RankedSearch(ICollectives ranks, string? folder) : ISearchWorkplace
{
    private readonly OwnPlace _first = new(folder);

    /// <inheritdoc/>
    public LatencyTable Latency(LatencySource source, CancellationToken cancel)
    {
        var told = First(() => JsonSerializer.SerializeToNode(_first.Latency(source, cancel))!, cancel);
        return told.Deserialize<LatencyTable>()!;
    }

    /// <inheritdoc/>
    public ISharedResults Open(SharedSearch search, CancellationToken cancel)
    {
        RequireSame(search.Identity());
        SearchJournal? journal = null;
        var known = First(() =>
        {
            if (folder is null)
            {
                return new JsonArray();
            }

            journal = (SearchJournal)_first.Open(search, cancel);
            return new JsonArray([.. journal.Known.Select(entry => (JsonNode)new JsonArray(
                entry.Key, entry.Value[0], entry.Value[1]))]);
        }, cancel);
        return new RankedResults(ranks, journal, known.AsArray());
    }

    /// <summary>What the first rank finds, for all; where it fails all end.</summary>
    private JsonNode First(Func<JsonNode> find, CancellationToken cancel)
    {
        JsonNode? found = null;
        bool isWhole = ranks.Together(
            _ =>
            {
                if (ranks.Rank == 0)
                {
                    found = find();
                }
            },
            cancel);
        return isWhole ? JsonNode.Parse(ranks.OfFirst(() => found!.ToJsonString())!)!
            : throw new OperationCanceledException(cancel);
    }

    private void RequireSame(JsonObject identity)
    {
        // A table of latencies lies where the first rank is.
        var own = identity.DeepClone().AsObject();
        own.Remove("latency_table");
        var all = ranks.Gather(JsonSerializer.SerializeToUtf8Bytes(own)).Select(bytes => JsonNode.Parse(bytes)!)
            .ToArray();
        int other = Array.FindIndex(all, one => !JsonNode.DeepEquals(one, all[0]));
        if (other >= 0)
        {
            throw new InvalidDataException(
                $"Rank {other} has another search than rank 0 "
                + $"({SearchDifference.Between(all[0].AsObject(), all[other].AsObject())}); give all ranks the same "
                + "model, adapter, data and settings");
        }
    }
}
