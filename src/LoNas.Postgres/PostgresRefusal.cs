using System.Net.Sockets;
using Npgsql;

namespace LoNas.Postgres;

/// <summary>Why a database can't be used, in one message.</summary>
internal static class PostgresRefusal
{
    /// <summary>A right is missing; a user who may see no schema is told that none is there.</summary>
    private static readonly string[] Forbidden = ["42501", "3F000"];

    /// <summary>The server ends, starts or is cut off, or two transactions met: the same may work again.</summary>
    private static readonly string[] Passing = ["57P01", "57P02", "57P03", "08006", "40001"];

    /// <summary>Whether an exception is of a database: one that is not connected throws another kind.</summary>
    public static bool IsPossible(Exception error) => error is NpgsqlException or InvalidOperationException;

    /// <summary>Whether the connection is lost, and a new one may do.</summary>
    public static bool IsLost(Exception error) => error is PostgresException refused
        ? Passing.Contains(refused.SqlState)
        : IsPossible(error);

    /// <summary>Whether the user lacks a right.</summary>
    public static bool IsForbidden(Exception error) =>
        error is PostgresException refused && Forbidden.Contains(refused.SqlState);

    /// <summary>The message.</summary>
    /// <param name="address">The database.</param>
    /// <param name="error">What came of it.</param>
    /// <param name="right">What was about to be done, as a right.</param>
    public static ArgumentException Of(PostgresAddress address, Exception error, string right) => new(
        $"The database {address.Text} can't be used: {Reason(error)}; "
        + (IsForbidden(error) ? $"the user needs the right {right}"
            : "check the address, that PostgreSQL runs there, and the password (PGPASSWORD or ~/.pgpass)"),
        error);

    /// <summary>The reason alone.</summary>
    public static string Reason(Exception error) =>
        error is PostgresException refused ? refused.MessageText
        : error.InnerException is SocketException { Message: var message } ? message
        : error.Message.Split('\n')[0];
}
