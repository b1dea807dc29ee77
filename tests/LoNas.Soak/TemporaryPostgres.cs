using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace LoNas.Soak;

/// <summary>
/// A PostgreSQL of its own, on a free port and in a folder that goes with it. The server refuses to run as root, which
/// therefore starts it as the user that Debian's package makes.
/// </summary>
internal sealed class TemporaryPostgres : IDisposable
{
    private const string Installed = "/usr/lib/postgresql";
    private const string Owner = "postgres";

    private readonly string _folder;
    private bool _isStopped;

    private TemporaryPostgres(string folder, int port) => (_folder, Port) = (folder, port);

    /// <summary>Why there is none here; null where there can be.</summary>
    public static string? Absence => Programs is null ? $"PostgreSQL is not installed below {Installed}" : null;

    /// <summary>Its address.</summary>
    public string Address => AddressOf(Owner);

    private int Port { get; }

    /// <summary>The address for another of its users.</summary>
    public string AddressOf(string user) => $"postgres://{user}@127.0.0.1:{Port}/{Owner}";

    private static string? Programs => Directory.Exists(Installed)
        ? Directory.GetDirectories(Installed).Select(version => Path.Combine(version, "bin"))
            .Where(bin => File.Exists(Path.Combine(bin, "initdb"))).Order(StringComparer.Ordinal).LastOrDefault()
        : null;

    /// <summary>Makes and starts one.</summary>
    public static TemporaryPostgres Start()
    {
        var folder = Directory.CreateTempSubdirectory("lonas-postgres-").FullName;
        var server = new TemporaryPostgres(folder, FreePort());
        try
        {
            if (Environment.UserName == "root")
            {
                Run("chown", Owner, folder);
            }

            server.Program("initdb", "-D", server.Data, "-U", Owner, "-A", "trust", "--no-sync", "-E", "UTF8");
            server.Program(
                "pg_ctl", "-D", server.Data, "-w", "-l", Path.Combine(folder, "log"), "-o",
                $"-p {server.Port} -h 127.0.0.1 -k {folder} -F", "start");
            return server;
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    /// <summary>Stops it for good, as a machine that goes down does.</summary>
    public void Stop()
    {
        if (!_isStopped)
        {
            Program("pg_ctl", "-D", Data, "-m", "immediate", "stop");
            _isStopped = true;
        }
    }

    public void Dispose()
    {
        Stop();
        Directory.Delete(_folder, recursive: true);
    }

    private string Data => Path.Combine(_folder, "data");

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private void Program(string name, params string[] arguments)
    {
        var path = Path.Combine(Programs!, name);
        if (Environment.UserName == "root")
        {
            Run("runuser", ["-u", Owner, "--", path, .. arguments]);
        }
        else
        {
            Run(path, arguments);
        }
    }

    private static void Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = "/", RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with "
                + $"{process.ExitCode}");
        }
    }
}
