using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LoNas.Tests.Support;

/// <summary>A server on the loopback address that gives the answers a test defines and records all requests.</summary>
internal sealed class TinyHub : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<Request, Reply> _answer;

    public TinyHub(Func<Request, Reply> answer)
    {
        _answer = answer;
        _listener.Start();
        _ = Task.Run(Accept);
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>All requests so far.</summary>
    public List<Request> Seen { get; } = [];

    public IEnumerable<Request> SeenOf(string method) => Seen.Where(request => request.Method == method);

    public void Dispose() => _listener.Dispose();

    private async Task Accept()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync();
                await Serve(client.GetStream());
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task Serve(NetworkStream stream)
    {
        var head = new List<byte>();
        var one = new byte[1];
        while (!Encoding.ASCII.GetString([.. head]).EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one) == 0)
            {
                return;
            }

            head.Add(one[0]);
        }

        var request = Request.Parse(Encoding.ASCII.GetString([.. head]));
        Seen.Add(request);
        var reply = _answer(request);
        var text = new StringBuilder($"HTTP/1.1 {reply.Status} Because\r\nConnection: close\r\n");
        foreach (var (name, value) in reply.Headers.Append(("Content-Length", $"{reply.Body.Length}")))
        {
            text.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{text}\r\n"));
        if (request.Method == "GET")
        {
            // Fewer bytes than announced: the connection breaks.
            await stream.WriteAsync(reply.Body.AsMemory(0, Math.Min(reply.Body.Length, reply.BreakAfter)));
        }
    }

    internal sealed record Request(string Method, string Path, IReadOnlyDictionary<string, string> Headers)
    {
        public long From => Headers.TryGetValue("Range", out var range)
            ? long.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture)
            : 0;

        public static Request Parse(string text)
        {
            var lines = text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
            var first = lines[0].Split(' ');
            return new Request(first[0], first[1], lines[1..].Select(line => line.Split(": ", 2))
                .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase));
        }
    }

    internal sealed record Reply(int Status, byte[] Body, params (string Name, string Value)[] Headers)
    {
        public int BreakAfter { get; init; } = int.MaxValue;

        public static Reply Empty(int status, params (string, string)[] headers) => new(status, [], headers);
    }
}
