namespace LoNas.Postgres;

/// <summary>The tables, made on first use. Numbers are those of IEEE 754, and kept to the bit.</summary>
internal static class PostgresSchema
{
    /// <summary>Keys of advisory locks: one for making the tables, one space for workers, one for latencies.</summary>
    public const int MakingLock = 0x10A5;
    public const int WorkerLock = 0x10A6;
    public const int LatencyLock = 0x10A7;

    /// <summary>What a user needs, as messages say it.</summary>
    public const string RightToConnect = "to connect to it (grant connect on database)";
    public const string RightToMake =
        "to make the tables (grant usage, create on schema), or somebody who has it makes them by a first search";
    public const string RightToUse =
        "to use the tables (grant select, insert, update on lonas_search, lonas_worker, lonas_evaluation, "
        + "lonas_latency; grant usage on sequence lonas_worker_id_seq)";
    public const string RightToRead =
        "to read the tables (grant select on lonas_search, lonas_worker, lonas_evaluation)";

    public const string AreThere =
        "select bool_and(to_regclass(name) is not null)::text "
        + "from unnest(array['lonas_search', 'lonas_worker', 'lonas_evaluation', 'lonas_latency']) as name";

    public const string Tables = """
        create table if not exists lonas_search (
            id text primary key,
            identity text not null,
            total int not null,
            done int not null default 0,
            best text not null default '',
            started timestamptz not null default now(),
            finished timestamptz);
        create table if not exists lonas_worker (
            id serial primary key,
            search text not null references lonas_search on delete cascade,
            host text not null,
            pid int not null,
            device text not null,
            instruction_set text not null,
            threads int not null,
            claim text,
            claimed timestamptz,
            joined timestamptz not null default now());
        create table if not exists lonas_evaluation (
            search text not null references lonas_search on delete cascade,
            genome text not null,
            cost float8,
            metric float8,
            measured_by int references lonas_worker on delete set null,
            measured timestamptz,
            seconds float8,
            primary key (search, genome));
        create table if not exists lonas_latency (
            search text primary key,
            latencies text not null,
            measured_by text not null);
        """;
}
