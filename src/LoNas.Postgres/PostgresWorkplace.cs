using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoNas.Search;
using LoNas.Search.Sharing;
using LoNas.Storage;

namespace LoNas.Postgres;

/// <summary>
/// Workers that meet in a PostgreSQL database. Searches are told apart there by what they depend on, so one database
/// serves many; each worker has an output folder of its own, or one with others.
/// </summary>
/// <param name="address">The database.</param>
/// <param name="folder">The output folder.</param>
public sealed class PostgresWorkplace(PostgresAddress address, string folder) : ISearchWorkplace
{
    /// <summary>What is done where the connection is lost.</summary>
    internal PostgresReconnection Reconnection { get; init; } = PostgresReconnection.Usual;

    /// <inheritdoc/>
    public LatencyTable Latency(LatencySource source, CancellationToken cancel)
    {
        var identity = source.Search();
        identity.Remove("latency_table");
        var id = IdOf(identity);
        using var database = new PostgresDatabase(address);
        database.Open();
        void Again(Action work) => Reconnection.Again(address, work, database.Connect);
        string? Known() => database.Text("select latencies from lonas_latency where search = $1", id);
        var (known, held) = ((string?)null, (IDisposable?)null);
        Again(() =>
        {
            held = database.TakeAdvisory(PostgresSchema.LatencyLock, id, cancel);
            known = Known();
        });
        using (held)
        {
            if (known is null)
            {
                var measured = JsonSerializer.Serialize(source.Measure(), JsonOutput.Line);
                Again(() =>
                {
                    // The lock is lost with its connection, and another worker may have been first.
                    database.Run(
                        "insert into lonas_latency (search, latencies, measured_by) values ($1, $2, $3) "
                        + "on conflict do nothing",
                        id, measured, source.Worker.ToJson().ToJsonString());
                    known = Known();
                });
            }
        }

        JsonSerializer.Deserialize<LatencyTable>(known!)!.Save(source.Path!);
        return source.Load(source.Path!, true);
    }

    /// <inheritdoc/>
    public ISharedResults Open(SharedSearch search, CancellationToken cancel)
    {
        var own = new SharedFolder(folder);
        var identity = search.Identity();
        // An earlier search in the folder must be this one; what it found counts.
        var known = own.Known(identity, search.Problem);
        return new PostgresResults(address, Reconnection, own, search, identity, IdOf(identity), known);
    }

    /// <summary>The name of a search in the database.</summary>
    internal static string IdOf(JsonObject identity) => Convert.ToHexStringLower(SHA256.HashData(
        Encoding.UTF8.GetBytes(new JsonObject(identity.OrderBy(entry => entry.Key, StringComparer.Ordinal)
            .Select(entry => KeyValuePair.Create(entry.Key, entry.Value?.DeepClone()))).ToJsonString())))[..16];
}
