using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LoNas.Cli.Output;

/// <summary>
/// What a run said and did, one JSON object a line, appended to <c>lonas.log</c> in its output folder. Lines wait until
/// <see cref="Begin"/>, since a command that is refused writes nothing. A log that can't be written never ends a run.
/// </summary>
internal sealed class RunLog(TimeProvider clock)
{
    public const string FileName = "lonas.log";

    private static readonly JsonSerializerOptions Format =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lock _lock = new();
    private readonly bool _isKept = true;
    private readonly List<string> _waiting = [];
    private string? _path;

    private RunLog(TimeProvider clock, bool isKept)
        : this(clock) => _isKept = isKept;

    /// <summary>A log of nothing.</summary>
    public static RunLog None { get; } = new(TimeProvider.System, isKept: false);

    /// <summary>Writes into a folder from here on, and what waited first.</summary>
    public void Begin(string folder)
    {
        if (!_isKept)
        {
            return;
        }

        lock (_lock)
        {
            _path = Path.Combine(folder, FileName);
            Append(string.Concat(_waiting));
            _waiting.Clear();
        }
    }

    /// <summary>Adds a line.</summary>
    /// <param name="level">info, warning or error.</param>
    /// <param name="name">What happened, in one word.</param>
    /// <param name="message">The same for people.</param>
    /// <param name="fields">Its numbers.</param>
    public void Add(string level, string name, string message, JsonObject? fields = null)
    {
        if (!_isKept)
        {
            return;
        }

        var line = new JsonObject
        {
            ["time"] = clock.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture),
            ["level"] = level,
            ["event"] = name,
            ["message"] = WithoutHome(message),
        };
        foreach (var (key, value) in fields ?? [])
        {
            line[key] = value is JsonValue text && text.GetValueKind() == JsonValueKind.String
                ? WithoutHome(text.GetValue<string>())
                : value?.DeepClone();
        }

        lock (_lock)
        {
            var written = line.ToJsonString(Format) + "\n";
            if (_path is null)
            {
                _waiting.Add(written);
            }
            else
            {
                Append(written);
            }
        }
    }

    /// <summary>Where someone's home is, is nobody else's business: logs are passed on.</summary>
    internal static string WithoutHome(string text)
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile)
            .TrimEnd(Path.DirectorySeparatorChar);
        return home.Length > 1
            ? text.Replace(home + Path.DirectorySeparatorChar, "~/", StringComparison.Ordinal)
            : text;
    }

    // Opened for each line: it is on its way to the disk when the line is written, whatever happens then.
    private void Append(string lines)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
            File.AppendAllText(_path!, lines);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A full disk: what matters is told on the console.
        }
    }
}
