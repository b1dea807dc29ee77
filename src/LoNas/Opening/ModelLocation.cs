using LoNas.Hub;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LoNas.Opening;

/// <summary>Finds the folder that a name means: a local one, or one of the Hugging Face hub.</summary>
public sealed class ModelLocation
{
    /// <summary>Where hub names are looked up; the environment's settings by default.</summary>
    public HubSettings? Hub { get; init; }

    /// <summary>How long the hub is waited for; null is as its settings say.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Is told when a hub name is looked up; nobody by default.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>Is told how far a download is; nobody by default.</summary>
    public Action<HubProgress>? OnDownload { get; init; }

    /// <summary>The folder; a hub name is looked up in the cache, then at the hub, and the log says so.</summary>
    /// <param name="text">
    /// A path or a hub name; a path that does not exist and can't be a hub name is given back.
    /// </param>
    /// <param name="revision">Branch, tag or commit of a hub name; null is main.</param>
    /// <param name="content">Which files are needed.</param>
    /// <param name="cancel">Stops a download, of which the cache keeps what has come.</param>
    /// <exception cref="InvalidDataException">The hub has no such model, or not these files.</exception>
    public string Find(string text, string? revision, HubContent content, CancellationToken cancel = default)
    {
        if (Path.Exists(text) || HubName.Parse(text) is not { } name)
        {
            return text;
        }

        var settings = Hub ?? HubSettings.FromEnvironment(Environment.GetEnvironmentVariable);
        settings = settings with { ReadTimeout = Timeout ?? settings.ReadTimeout };
        Logger.Inform($"there is no folder '{text}': looking it up as a model name in {settings.Cache}"
            + (settings.Offline ? "" : $", then at {settings.Endpoint}"));
        using var http = HubRepository.NewHttpClient();
        var repository = new HubRepository(http, settings, name, revision);
        return repository.Fetch(content, OnDownload, cancel).GetAwaiter().GetResult();
    }
}
