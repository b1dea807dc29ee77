namespace LoNas.Hub;

/// <summary>
/// The addresses of the hub and its cache, and how to reach them. The environment variables are those of Hugging Face's
/// own library.
/// </summary>
public sealed record HubSettings
{
    /// <summary>The revision used if none is given.</summary>
    public const string DefaultRevision = "main";

    /// <summary>The address of the hub (<c>HF_ENDPOINT</c>); https://huggingface.co by default.</summary>
    public Uri Endpoint { get; init; } = new("https://huggingface.co");

    /// <summary>The access token (<c>HF_TOKEN</c>), sent only to <see cref="Endpoint"/>; null by default.</summary>
    public string? Token { get; init; }

    /// <summary>
    /// The cache folder (<c>HF_HUB_CACHE</c>, else <c>HF_HOME</c>/hub, else ~/.cache/huggingface/hub).
    /// </summary>
    public required string CacheFolder { get; init; }

    /// <summary>Whether only the cache may be used (<c>HF_HUB_OFFLINE</c>); false by default.</summary>
    public bool Offline { get; init; }

    /// <summary>The pause before a failed request is retried; it grows with every attempt. 1 s by default.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A transfer that receives nothing for this long counts as broken; 30 s by default.</summary>
    public TimeSpan ReadTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Reads the environment variables.</summary>
    /// <param name="variable">The value of a variable, or null.</param>
    /// <exception cref="ArgumentException"><c>HF_ENDPOINT</c> is no http address.</exception>
    public static HubSettings FromEnvironment(Func<string, string?> variable)
    {
        string? Value(string name) => variable(name)?.Trim() is { Length: > 0 } text ? text : null;
        var settings = new HubSettings
        {
            Token = Value("HF_TOKEN"),
            CacheFolder = Path.GetFullPath(Value("HF_HUB_CACHE") ?? Path.Combine(Home(Value), "hub")),
            Offline = Value("HF_HUB_OFFLINE")?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE",
        };
        if (Value("HF_ENDPOINT") is not { } endpoint)
        {
            return settings;
        }

        return Uri.TryCreate(endpoint.TrimEnd('/'), UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? settings with { Endpoint = uri }
            : throw new ArgumentException(
                $"HF_ENDPOINT is '{endpoint}'; expected an address such as https://huggingface.co");
    }

    private static string Home(Func<string, string?> value)
    {
        var user = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return value("HF_HOME") is { } home
            ? (home.StartsWith("~/", StringComparison.Ordinal) ? Path.Combine(user, home[2..]) : home)
            : Path.Combine(value("XDG_CACHE_HOME") ?? Path.Combine(user, ".cache"), "huggingface");
    }
}
