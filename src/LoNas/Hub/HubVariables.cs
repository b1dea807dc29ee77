using System.Globalization;

namespace LoNas.Hub;

/// <summary>
/// The environment variables of Hugging Face's libraries by what they set, the one that decides first: the order of
/// Transformers 4.31, with the later name of the hub's cache before the earlier one.
/// </summary>
internal static class HubVariables
{
    private static readonly string[] Caches =
    [
        "TRANSFORMERS_CACHE", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "PYTORCH_TRANSFORMERS_CACHE",
        "PYTORCH_PRETRAINED_BERT_CACHE",
    ];

    private static readonly string[] Offlines = ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"];

    private static readonly string[] Tokens = ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"];

    private const string Timeout = "HF_HUB_DOWNLOAD_TIMEOUT";

    private static readonly string[] Endpoints = ["HF_ENDPOINT", "HUGGINGFACE_CO_RESOLVE_ENDPOINT"];

    /// <summary>The settings that the variables make.</summary>
    /// <param name="variable">The value of a variable, or null.</param>
    /// <exception cref="ArgumentException">The address is none.</exception>
    public static HubSettings Read(Func<string, string?> variable)
    {
        (string Name, string Value)? First(params IEnumerable<string> names) => names
            .Select(name => ((string, string)?)(name, variable(name)?.Trim() ?? ""))
            .FirstOrDefault(found => found!.Value.Item2.Length > 0);
        var cache = First(Caches);
        var home = First("HF_HOME", "XDG_CACHE_HOME");
        var settings = new HubSettings
        {
            Token = First(Tokens)?.Value,
            CacheFolder = Path.GetFullPath(cache is { } own ? Expanded(own.Value) : Path.Combine(Home(home), "hub")),
            CacheVariable = cache?.Name ?? home?.Name,
            OfflineVariable = Offlines.FirstOrDefault(name => IsTrue(variable(name))),
        };
        if (First(Timeout) is { Value: not "0" } timeout)
        {
            settings = settings with { ReadTimeout = Seconds(timeout.Name, timeout.Value) };
        }

        if (First(Endpoints) is not { } endpoint)
        {
            return settings;
        }

        return Uri.TryCreate(endpoint.Value.TrimEnd('/'), UriKind.Absolute, out var uri)
            && uri.Scheme is "http" or "https"
            ? settings with { Endpoint = uri }
            : throw new ArgumentException(
                $"{endpoint.Name} is '{endpoint.Value}'; expected an address such as https://huggingface.co");
    }

    /// <summary>Whole seconds, of which 0 is none said, as in Hugging Face's library.</summary>
    private static TimeSpan Seconds(string name, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds)
            && seconds <= HubSettings.LongestTimeout.TotalSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw new ArgumentException(
                $"{name} is '{value}'; expected whole seconds, up to {HubSettings.LongestTimeout.TotalSeconds:0}");

    private static bool IsTrue(string? value) => value?.Trim().ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE";

    private static string Home((string Name, string Value)? found) => found switch
    {
        ("HF_HOME", var home) => Expanded(home),
        (_, var caches) => Path.Combine(Expanded(caches), "huggingface"),
        null => Path.Combine(Expanded("~/.cache"), "huggingface"),
    };

    private static string Expanded(string path) => path == "~" || path.StartsWith("~/", StringComparison.Ordinal)
        ? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + path[1..]
        : path;
}
