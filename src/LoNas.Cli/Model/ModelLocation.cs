using LoNas.Cli.Output;
using LoNas.Hub;

namespace LoNas.Cli.Model;

/// <summary>Finds the folder that a model or adapter option means: a local one, or one of the Hugging Face hub.</summary>
internal static class ModelLocation
{
    /// <summary>The folder of a model; a hub name is looked up in the cache, then at the hub, and that is said.</summary>
    public static string Resolve(
        string text, string? revision, HubContent content, ConsoleReporter console, CancellationToken cancel) =>
        Resolve(text, revision, content, HubSettings.FromEnvironment(Environment.GetEnvironmentVariable), console, cancel);

    /// <summary>The same with the settings given.</summary>
    public static string Resolve(
        string text,
        string? revision,
        HubContent content,
        HubSettings settings,
        ConsoleReporter console,
        CancellationToken cancel)
    {
        if (Path.Exists(text) || HubName.Parse(text) is not { } name)
        {
            return text;
        }

        // Results alone go to standard output.
        var notes = console.OnError();
        notes.Line($"there is no folder '{text}': looking it up as a model name in '{settings.CacheFolder}'"
            + (settings.Offline ? "" : $", then at {settings.Endpoint}"));
        using var http = HubRepository.NewHttpClient();
        using var bar = new DownloadBar(notes, text);
        return Interruption.Explain(
            () => new HubRepository(http, settings, name, revision).Fetch(content, bar.Show, cancel).GetAwaiter().GetResult(),
            () => "what was downloaded is kept in the cache; the same command goes on from there");
    }
}
