using Npgsql;

namespace LoNas.Postgres;

/// <summary>
/// The address of a database, as <c>postgres://user@host:port/database</c>. It never has a password, which command
/// lines and logs would show: that is in PGPASSWORD or in the file of passwords.
/// </summary>
public sealed record PostgresAddress
{
    private const int UsualPort = 5432;

    /// <summary>Seconds after which a connection that says nothing is asked whether it lives.</summary>
    private const int QuietSeconds = 30;

    private static readonly string[] Schemes = ["postgres", "postgresql"];

    private static readonly Dictionary<string, string> Settings = new(StringComparer.OrdinalIgnoreCase)
    {
        ["sslmode"] = "SSL Mode",
        ["sslrootcert"] = "Root Certificate",
        ["connect_timeout"] = "Timeout",
    };

    private PostgresAddress(Uri uri) => Uri = uri;

    /// <summary>The address as it may be shown.</summary>
    public string Text => Uri.ToString();

    private Uri Uri { get; }

    /// <summary>Reads an address.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static PostgresAddress Parse(string text) => Problem(text) is { } problem
        ? throw new ArgumentException($"The address of the database {problem}")
        : new PostgresAddress(new Uri(text));

    /// <summary>What is wrong with an address, without showing what may be a password; null if nothing is.</summary>
    public static string? Problem(string text)
    {
        int scheme = text.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0 || !Schemes.Contains(text[..scheme], StringComparer.OrdinalIgnoreCase))
        {
            return IsPlain(text) ? $"'{text}' is no address of a PostgreSQL database"
                : "is no address of a PostgreSQL database";
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri))
        {
            return "has an address that can't be read: its host or port is none";
        }

        var database = Uri.UnescapeDataString(uri.AbsolutePath.Trim('/'));
        return Uri.UnescapeDataString(uri.UserInfo).Contains(':', StringComparison.Ordinal)
                ? "has a password, which others could read there; set PGPASSWORD or write it into ~/.pgpass"
            : uri.Host.Length == 0 ? "has an address without a host"
            : uri.UserInfo.Length == 0 ? "has an address without a user"
            : database.Length == 0 || database.Contains('/', StringComparison.Ordinal)
                ? "has an address without the name of one database"
            : uri.Fragment.Length > 0 ? "has an address with a '#'"
            : (Uri.UnescapeDataString(uri.UserInfo) + database).IndexOfAny([';', '=']) >= 0
                || Uri.UnescapeDataString(uri.Query).Contains(';', StringComparison.Ordinal)
                ? "has an address with ';' or '=', as connection strings have; settings follow a '?'"
            : Query(uri).Select(part => part.Name).FirstOrDefault(name => !Settings.ContainsKey(name)) is { } other
                ? $"has {(IsPlain(other) ? $"the setting '{other}'" : "a setting")}, which is not known; known are "
                    + string.Join(", ", Settings.Keys)
            : ConnectionProblem(uri);
    }

    /// <summary>How Npgsql connects.</summary>
    internal string ToConnection() => ToConnection(Uri).ConnectionString;

    /// <summary>Whether a text is one word, which may be shown: whatever else was given may have a password.</summary>
    private static bool IsPlain(string text) => text.IndexOfAny(['=', ';', ':', '@', '/', '%', '?', '&']) < 0
        && !text.Any(char.IsWhiteSpace);

    private static string? ConnectionProblem(Uri uri)
    {
        try
        {
            _ = ToConnection(uri);
            return null;
        }
        catch (Exception error) when (error is ArgumentException or FormatException or OverflowException)
        {
            // Its message may show the value.
            return $"has a setting that can't be: check {string.Join(", ", Query(uri).Select(part => part.Name))}";
        }
    }

    private static NpgsqlConnectionStringBuilder ToConnection(Uri uri)
    {
        var connection = new NpgsqlConnectionStringBuilder
        {
            Host = uri.IdnHost,
            Port = uri.Port < 0 ? UsualPort : uri.Port,
            Username = Uri.UnescapeDataString(uri.UserInfo),
            Database = Uri.UnescapeDataString(uri.AbsolutePath.Trim('/')),
            ApplicationName = "lonas search",
            Pooling = false,
            TcpKeepAlive = true,
            TcpKeepAliveTime = QuietSeconds,
            TcpKeepAliveInterval = 10,
            // The server asks, too: a claim ends with its connection, and a machine that is gone closes none.
            Options = $"-c tcp_keepalives_idle={QuietSeconds} -c tcp_keepalives_interval=10 "
                + "-c tcp_keepalives_count=3 -c idle_in_transaction_session_timeout=0 -c statement_timeout=0",
        };
        foreach (var (name, value) in Query(uri))
        {
            connection[Settings[name]] = name == "sslmode" ? value.Replace("-", "", StringComparison.Ordinal) : value;
        }

        return connection;
    }

    private static IEnumerable<(string Name, string Value)> Query(Uri uri) => uri.Query.TrimStart('?')
        .Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(part => part.Split('=', 2))
        .Select(part => (Uri.UnescapeDataString(part[0]), part.Length > 1 ? Uri.UnescapeDataString(part[1]) : ""));
}
