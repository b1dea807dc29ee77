using System.Globalization;
using System.Text.Json.Nodes;
using LoNas.Search.Sharing;
using Npgsql;

namespace LoNas.Postgres;

/// <summary>
/// The results of a search in a database. A claim is the lock on a row that has no result yet, in a transaction that is
/// open while it is measured: it ends with the connection, whatever becomes of the worker.
/// </summary>
internal sealed class PostgresResults : ISharedResults
{
    private const int Attempts = 30;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Reconnecting = TimeSpan.FromSeconds(2);

    private readonly PostgresDatabase _claims;
    private readonly PostgresDatabase _notes;
    private readonly SharedFolder _folder;
    private readonly SharedSearch _search;
    private readonly JsonObject _identity;
    private readonly string _id;
    private readonly Dictionary<string, double[]> _known = [];
    private int _worker;
    private Claim? _claim;

    public PostgresResults(
        PostgresAddress address, SharedFolder folder, SharedSearch search, JsonObject identity, string id,
        IReadOnlyDictionary<string, double[]> known)
    {
        (_claims, _notes) = (new PostgresDatabase(address), new PostgresDatabase(address));
        (_folder, _search, _identity, _id) = (folder, search, identity, id);
        try
        {
            _notes.Open();
            _claims.Open(makes: false);
            Join(known);
            Refresh();
            Count = _known.Count;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public int Count { get; }

    public bool WritesFiles => true;

    public void Refresh() => Again(() =>
    {
        foreach (var (genome, objectives) in _notes.Rows(
            "select genome, cost, metric from lonas_evaluation where search = $1 and cost is not null",
            row => (row.GetString(0), new[] { row.GetDouble(1), row.GetDouble(2) }),
            _id))
        {
            if (_known.TryAdd(genome, objectives) && _search.Problem(Genes(genome), objectives) is { } problem)
            {
                throw new InvalidDataException(
                    $"The database has an evaluation that this search can't have made (search {_id}, genome {genome}): "
                    + $"{problem}; delete that row of lonas_evaluation to measure it again");
            }
        }
    });

    public double[]? Find(IReadOnlyList<int> genome) => _known.GetValueOrDefault(Key(genome));

    public IDisposable? TryClaim(int[] genome, int place)
    {
        Claim? claim = null;
        Again(() =>
        {
            _notes.Run(
                "insert into lonas_evaluation (search, genome) values ($1, $2) on conflict do nothing",
                _id, Key(genome));
            var transaction = _claims.Begin();
            bool isMine = _claims.Text(
                "select genome from lonas_evaluation where search = $1 and genome = $2 and cost is null "
                + "for update skip locked",
                _id, Key(genome)) is not null;
            if (!isMine)
            {
                transaction.Dispose();
                return;
            }

            claim = new Claim(this, transaction);
            Say(Key(genome));
        });
        return _claim = claim;
    }

    public void Publish(int[] genome, double[] objectives, double seconds)
    {
        bool isFirst = true;
        Again(() =>
        {
            // Where the connection of the claim was lost, another may have claimed it: the first result stays.
            (isFirst ? _claims : _notes).Run(
                "update lonas_evaluation set cost = $3, metric = $4, measured_by = $5, measured = now(), seconds = $6 "
                + "where (search, genome) in (select search, genome from lonas_evaluation where search = $1 "
                + "and genome = $2 and cost is null for update skip locked)",
                _id, Key(genome), objectives[0], objectives[1], _worker, seconds);
            if (isFirst)
            {
                _claim!.Commit();
            }
        }, () => isFirst = false);
        Refresh();
    }

    public void Wait(CancellationToken cancel)
    {
        cancel.WaitHandle.WaitOne(Pause);
        cancel.ThrowIfCancellationRequested();
        Refresh();
    }

    public void Note(int done, string best)
    {
        if (done % 5 != 0 && done < _search.Total)
        {
            return;
        }

        Again(() => _notes.Run(
            "update lonas_search set done = $2, best = $3 where id = $1 and done < $2", _id, done, best));
    }

    public void Finish(IReadOnlyList<int[]> asked)
    {
        Again(() => _notes.Run(
            "update lonas_search set finished = coalesce(finished, now()), done = greatest(done, $2) where id = $1",
            _id, asked.Count - 2));
        _folder.Keep(_identity, _search.Problem, asked, _known);
    }

    public void Dispose()
    {
        _claims.Dispose();
        try
        {
            if (_worker > 0)
            {
                Say(null);
            }
        }
        catch (Exception error) when (error is NpgsqlException or InvalidOperationException)
        {
            // The connection is gone, and with it that this worker is there.
        }

        _notes.Dispose();
    }

    private static string Key(IReadOnlyList<int> genome) => string.Join(',', genome);

    private static int[] Genes(string genome) =>
        [.. genome.Split(',').Select(gene => int.Parse(gene, CultureInfo.InvariantCulture))];

    private void Join(IReadOnlyDictionary<string, double[]> known)
    {
        _notes.Run(
            "insert into lonas_search (id, identity, total) values ($1, $2, $3) on conflict do nothing",
            _id, _identity.ToJsonString(), _search.Total);
        foreach (var (genome, objectives) in known)
        {
            _notes.Run(
                "insert into lonas_evaluation (search, genome, cost, metric, measured) values ($1, $2, $3, $4, now()) "
                + "on conflict do nothing",
                _id, genome, objectives[0], objectives[1]);
        }

        var worker = _search.Worker;
        _worker = _notes.Rows(
            "insert into lonas_worker (search, host, pid, device, instruction_set, threads) "
            + "values ($1, $2, $3, $4, $5, $6) returning id",
            row => row.GetInt32(0),
            _id, worker.Host, worker.ProcessId, worker.Device, worker.InstructionSet, worker.Threads)[0];
        Appear();
    }

    /// <summary>Held as long as the connection is: others see by it who is there.</summary>
    private void Appear() => _notes.Run($"select pg_advisory_lock({PostgresSchema.WorkerLock}, $1)", _worker);

    private void Say(string? claim) => _notes.Run(
        "update lonas_worker set claim = $2::text, claimed = now() where id = $1", _worker, claim);

    /// <summary>Works; where the connection is lost it is made again, for a minute.</summary>
    private void Again(Action work, Action? onLost = null)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                work();
                return;
            }
            catch (Exception error) when (IsLost(error) && attempt < Attempts)
            {
                onLost?.Invoke();
                Reconnect(attempt);
            }
            catch (NpgsqlException error)
            {
                throw new IOException(
                    $"the database is gone: {error.Message.Split('\n')[0]}; what was published is there, and the same "
                    + "command joins again",
                    error);
            }
        }
    }

    private void Reconnect(int attempt)
    {
        Thread.Sleep(attempt == 1 ? Pause : Reconnecting);
        try
        {
            _claims.Connect();
            _notes.Connect();
            Appear();
        }
        catch (Exception error) when (error is NpgsqlException or InvalidOperationException)
        {
            // The next attempt says so.
        }
    }

    private static bool IsLost(Exception error) => error is InvalidOperationException
        || (error is NpgsqlException lost && (lost is not PostgresException refused
            || refused.SqlState is "57P01" or "57P02" or "57P03" or "08006" or "40001"));

    /// <summary>A row that this worker measures.</summary>
    private sealed class Claim(PostgresResults results, NpgsqlTransaction transaction) : IDisposable
    {
        public void Commit() => transaction.Commit();

        public void Dispose()
        {
            try
            {
                transaction.Dispose();
            }
            catch (Exception error) when (error is NpgsqlException or InvalidOperationException)
            {
                // Its connection is gone, and the lock with it.
            }

            results._claim = null;
        }
    }
}
