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
    private const int MostShown = 10;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly PostgresAddress _address;
    private readonly PostgresReconnection _reconnection;
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
        PostgresAddress address, PostgresReconnection reconnection, SharedFolder folder, SharedSearch search,
        JsonObject identity, string id, IReadOnlyDictionary<string, double[]> known)
    {
        (_address, _reconnection) = (address, reconnection);
        (_claims, _notes) = (new PostgresDatabase(address), new PostgresDatabase(address));
        (_folder, _search, _identity, _id) = (folder, search, identity, id);
        try
        {
            _notes.Open();
            _claims.Open(makes: false);
            Again(() => Join(known));
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

    public void Refresh()
    {
        var rows = new List<(string Genome, double[] Objectives)>();
        Again(() => rows = _notes.Rows(
            "select genome, cost, coalesce(metric, 'NaN') from lonas_evaluation "
            + "where search = $1 and cost is not null order by genome",
            row => (row.GetString(0), new[] { row.GetDouble(1), row.GetDouble(2) }),
            _id));
        var problems = new List<string>();
        foreach (var (genome, objectives) in rows.Where(row => !_known.ContainsKey(row.Genome)))
        {
            if (Problem(genome, objectives) is { } problem)
            {
                problems.Add($"  genome {genome}: {problem}");
            }
            else
            {
                _known.Add(genome, objectives);
            }
        }

        if (problems.Count > 0)
        {
            var rest = problems.Count > MostShown ? $"\nand {problems.Count - MostShown} more" : "";
            throw new InvalidDataException(
                $"The database has evaluations that this search can't have made (search {_id}); delete these rows of "
                + $"lonas_evaluation to measure them again:\n{string.Join('\n', problems.Take(MostShown))}{rest}");
        }
    }

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
        catch (Exception error) when (PostgresRefusal.IsPossible(error))
        {
            // The connection is gone, and with it that this worker is there.
        }

        _notes.Dispose();
    }

    private static string Key(IReadOnlyList<int> genome) => string.Join(',', genome);

    /// <summary>What a row can't have: everybody with the right to write may have edited it.</summary>
    private string? Problem(string genome, double[] objectives)
    {
        int[] genes = [.. genome.Split(',').Select(gene =>
            int.TryParse(gene, NumberStyles.None, CultureInfo.InvariantCulture, out int level) ? level : -1)];
        return Key(genes) != genome || genes.Contains(-1) ? "it is no list of whole numbers"
            : !objectives.All(double.IsFinite) ? "its cost or metric is no number, or larger than any"
            : _search.Problem(genes, objectives);
    }

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

    /// <summary>Works; where the connection is lost it is made again.</summary>
    private void Again(Action work, Action? onLost = null) => _reconnection.Again(_address, work, () =>
    {
        onLost?.Invoke();
        _claims.Connect();
        _notes.Connect();
        if (_worker > 0)
        {
            Appear();
        }
    });

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
            catch (Exception error) when (PostgresRefusal.IsPossible(error))
            {
                // Its connection is gone, and the lock with it.
            }

            results._claim = null;
        }
    }
}
