using Npgsql;

namespace LoNas.Postgres;

/// <summary>A connection, and what is done with it.</summary>
internal sealed class PostgresDatabase(PostgresAddress address) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private NpgsqlConnection? _connection;

    /// <summary>Connects, and makes the tables where they are missing.</summary>
    /// <exception cref="ArgumentException">There is no such database, or it lets nobody in.</exception>
    public void Open(bool makes = true)
    {
        var right = PostgresSchema.RightToConnect;
        try
        {
            Connect();
            right = PostgresSchema.RightToMake;
            if (makes)
            {
                Make();
            }
        }
        catch (Exception error) when (PostgresRefusal.IsPossible(error))
        {
            throw PostgresRefusal.Of(address, error, right);
        }
    }

    /// <summary>Whether all tables are there.</summary>
    public bool HasTables() => Text(PostgresSchema.AreThere) == "true";

    /// <summary>Connects anew.</summary>
    public void Connect()
    {
        _connection?.Dispose();
        _connection = new NpgsqlConnection(address.ToConnection());
        _connection.Open();
    }

    /// <summary>Runs a command.</summary>
    /// <returns>The rows that it changed.</returns>
    public int Run(string text, params object?[] values)
    {
        using var command = Command(text, values);
        return command.ExecuteNonQuery();
    }

    /// <summary>The first value of the first row; null where there is none.</summary>
    public string? Text(string text, params object?[] values)
    {
        using var command = Command(text, values);
        return command.ExecuteScalar() as string;
    }

    /// <summary>What a query gives.</summary>
    public List<T> Rows<T>(string text, Func<NpgsqlDataReader, T> row, params object?[] values)
    {
        using var command = Command(text, values);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(row(reader));
        }

        return rows;
    }

    /// <summary>A transaction.</summary>
    public NpgsqlTransaction Begin() => _connection!.BeginTransaction();

    /// <summary>A lock that ends with the connection, waited for.</summary>
    public IDisposable TakeAdvisory(int space, string name, CancellationToken cancel)
    {
        while (Text($"select pg_try_advisory_lock({space}, hashtext($1))::text", name) != "true")
        {
            cancel.WaitHandle.WaitOne(Pause);
            cancel.ThrowIfCancellationRequested();
        }

        return new Advisory(() => Run($"select pg_advisory_unlock({space}, hashtext($1))", name));
    }

    public void Dispose() => _connection?.Dispose();

    /// <summary>
    /// Makes the tables where one is missing. Even "if not exists" needs the right to make them, which a worker need
    /// not have.
    /// </summary>
    private void Make()
    {
        Run($"select pg_advisory_lock({PostgresSchema.MakingLock})");
        if (!HasTables())
        {
            Run(PostgresSchema.Tables);
        }

        Run($"select pg_advisory_unlock({PostgresSchema.MakingLock})");
    }

    private NpgsqlCommand Command(string text, object?[] values)
    {
        var command = new NpgsqlCommand(text, _connection);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
        }

        return command;
    }

    private sealed class Advisory(Action end) : IDisposable
    {
        public void Dispose()
        {
            try
            {
                end();
            }
            catch (Exception error) when (PostgresRefusal.IsPossible(error))
            {
                // The connection is gone, and the lock with it.
            }
        }
    }
}
