namespace LoNas.Hub;

/// <summary>Where the hub and its cache are; the same environment variables as Hugging Face's own library.</summary>
public sealed record HubSettings
{
    /// <summary>The revision taken where none is named.</summary>
    public const string DefaultRevision = "main";

    /// <summary>The hub (<c>HF_ENDPOINT</c>); https://huggingface.co by default.</summary>
    public Uri Endpoint { get; init; } = new("https://huggingface.co");

    /// <summary>Sent to <see cref="Endpoint"/> and to no other host (<c>HF_TOKEN</c>); null by default.</summary>
    public string? Token { get; init; }

    /// <summary>The cache (<c>HF_HUB_CACHE</c>, else <c>HF_HOME</c>/hub, else ~/.cache/huggingface/hub).</summary>
    public required string CacheFolder { get; init; }

    /// <summary>Whether only the cache may be used (<c>HF_HUB_OFFLINE</c>); false by default.</summary>
    public bool Offline { get; init; }

    /// <summary>Pause before a failed request is tried again; it grows with every attempt. 1 s by default.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A transfer that brings nothing for so long is broken; 30 s by default.</summary>
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
            : throw new ArgumentException($"HF_ENDPOINT is '{endpoint}'; expected an address such as https://huggingface.co");
    }

    private static string Home(Func<string, string?> value)
    {
        var user = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return value("HF_HOME") is { } home
            ? (home.StartsWith("~/", StringComparison.Ordinal) ? Path.Combine(user, home[2..]) : home)
            : Path.Combine(value("XDG_CACHE_HOME") ?? Path.Combine(user, ".cache"), "huggingface");
    }
}
