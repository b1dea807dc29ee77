using LoNas.Search.Sharing;
using Npgsql;

namespace LoNas.Postgres;

/// <summary>The searches of a database.</summary>
public static class PostgresStatus
{
    /// <summary>All of them, the newest last; none where the database was never used for any.</summary>
    /// <exception cref="ArgumentException">The database can't be used.</exception>
    public static IReadOnlyList<SearchStatus> Of(PostgresAddress address)
    {
        using var database = new PostgresDatabase(address);
        database.Open(makes: false);
        try
        {
            return database.HasTables() ? All(database) : [];
        }
        catch (NpgsqlException error)
        {
            throw PostgresRefusal.Of(address, error, PostgresSchema.RightToRead);
        }
    }

    private static List<SearchStatus> All(PostgresDatabase database)
    {
        var workers = database.Rows(
            $"""
            select w.search, w.host, w.pid, w.device, w.instruction_set, w.threads,
                case when e.cost is null and e.genome is not null then w.claim end,
                extract(epoch from now() - w.claimed)::float8
            from lonas_worker w
            join pg_locks l on l.locktype = 'advisory' and l.classid = {PostgresSchema.WorkerLock}
                and l.objid = w.id::oid and l.granted
                and l.database = (select oid from pg_database where datname = current_database())
            left join lonas_evaluation e on e.search = w.search and e.genome = w.claim
            order by w.id
            """,
            Worker);
        return database.Rows(
            """
            select s.id, s.done, s.total, s.best, s.finished is not null,
                (select count(*) from lonas_evaluation e where e.search = s.id and e.cost is not null)::int,
                (select avg(e.seconds) from lonas_evaluation e where e.search = s.id)
            from lonas_search s order by s.started
            """,
            row => new SearchStatus(
                row.GetString(0), row.GetInt32(1), row.GetInt32(2), row.GetInt32(5), row.GetString(3),
                row.GetBoolean(4),
                [.. workers.Where(worker => worker.Search == row.GetString(0)).Select(worker => worker.Status)],
                row.IsDBNull(6) ? null : row.GetDouble(6)));
    }

    private static (string Search, WorkerStatus Status) Worker(NpgsqlDataReader row) => (
        row.GetString(0),
        new WorkerStatus(
            new SearchWorker(
                row.GetString(1), row.GetInt32(2), row.GetString(3), row.GetString(4), row.GetInt32(5)),
            row.IsDBNull(6) ? null : row.GetString(6),
            row.IsDBNull(7) ? 0 : row.GetDouble(7)));
}
