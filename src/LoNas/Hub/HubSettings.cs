namespace LoNas.Hub;

/// <summary>
/// The addresses of the hub and its cache, and how to reach them. The environment variables are those of Hugging Face's
/// own library.
/// </summary>
public sealed record HubSettings
{
    /// <summary>The revision used if none is given.</summary>
    public const string DefaultRevision = "main";

    /// <summary>The longest <see cref="ReadTimeout"/>.</summary>
    public static readonly TimeSpan LongestTimeout = TimeSpan.FromDays(1);

    private readonly bool _offline;

    /// <summary>
    /// The address of the hub (<c>HF_ENDPOINT</c>, <c>HUGGINGFACE_CO_RESOLVE_ENDPOINT</c>); https://huggingface.co by
    /// default.
    /// </summary>
    public Uri Endpoint { get; init; } = new("https://huggingface.co");

    /// <summary>
    /// The access token (<c>HF_TOKEN</c>, <c>HUGGING_FACE_HUB_TOKEN</c>), sent only to <see cref="Endpoint"/>; null by
    /// default.
    /// </summary>
    public string? Token { get; init; }

    /// <summary>
    /// The cache folder (<c>TRANSFORMERS_CACHE</c>, <c>HF_HUB_CACHE</c> and others, see docs/hub.md; else
    /// ~/.cache/huggingface/hub).
    /// </summary>
    public required string CacheFolder { get; init; }

    /// <summary>The environment variable that <see cref="CacheFolder"/> comes from; null by default.</summary>
    public string? CacheVariable { get; init; }

    /// <summary>
    /// Whether only the cache may be used (<c>HF_HUB_OFFLINE</c>, <c>TRANSFORMERS_OFFLINE</c>); false by default.
    /// </summary>
    public bool Offline
    {
        get => _offline || OfflineVariable is not null;
        init => _offline = value;
    }

    /// <summary>The environment variable that forbids asking the hub; null, the default, where none does.</summary>
    public string? OfflineVariable { get; init; }

    /// <summary>The pause before a failed request is retried; it grows with every attempt. 1 s by default.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// A connection, an answer or a transfer of which nothing comes for this long counts as broken
    /// (<c>HF_HUB_DOWNLOAD_TIMEOUT</c>, whole seconds); 30 s by default.
    /// </summary>
    public TimeSpan ReadTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Reads the environment variables.</summary>
    /// <param name="variable">The value of a variable, or null.</param>
    /// <exception cref="ArgumentException">The hub's address is none.</exception>
    public static HubSettings FromEnvironment(Func<string, string?> variable) => HubVariables.Read(variable);

    /// <summary>The cache as messages name it, with what set it.</summary>
    internal string Cache => CacheVariable is null ? $"'{CacheFolder}'" : $"'{CacheFolder}' (of {CacheVariable})";
}
