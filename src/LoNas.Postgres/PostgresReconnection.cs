namespace LoNas.Postgres;

/// <summary>Works with a database whose connection may be lost: it is made again, for about a minute.</summary>
/// <param name="attempts">How often work is tried.</param>
/// <param name="pause">The time between two attempts, the first aside.</param>
internal sealed class PostgresReconnection(int attempts, TimeSpan pause)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(200);

    /// <summary>A server that starts again is back by then.</summary>
    public static PostgresReconnection Usual { get; } = new(30, TimeSpan.FromSeconds(2));

    /// <summary>Works until it succeeds.</summary>
    /// <param name="address">The database, for messages.</param>
    /// <param name="work">What is done; once more from its start where the connection was lost.</param>
    /// <param name="connect">Connects anew.</param>
    /// <exception cref="IOException">The database is gone.</exception>
    /// <exception cref="ArgumentException">A right is missing.</exception>
    public void Again(PostgresAddress address, Action work, Action connect)
    {
        Exception? failure = null;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                work();
                return;
            }
            catch (Exception error) when (PostgresRefusal.IsLost(error) && attempt < attempts)
            {
                Thread.Sleep(attempt == 1 ? First : pause);
                failure = FailureOf(connect);
            }
            catch (Exception error) when (PostgresRefusal.IsForbidden(error))
            {
                throw PostgresRefusal.Of(address, error, PostgresSchema.RightToUse);
            }
            catch (Exception error) when (PostgresRefusal.IsPossible(error))
            {
                throw new IOException(
                    $"the database {(PostgresRefusal.IsLost(error) ? "is gone" : "refuses")}: "
                    + $"{PostgresRefusal.Reason(failure ?? error)}; what was published is there, and the same command "
                    + "joins again",
                    error);
            }
        }
    }

    /// <summary>What connecting fails with; it says more than what comes of work without a connection.</summary>
    private static Exception? FailureOf(Action connect)
    {
        try
        {
            connect();
            return null;
        }
        catch (Exception error) when (PostgresRefusal.IsPossible(error))
        {
            return error;
        }
    }
}
