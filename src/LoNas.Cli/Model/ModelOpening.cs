using LoNas.Cli.Flags;
using LoNas.Cli.Output;
using LoNas.Hub;
using LoNas.Opening;

namespace LoNas.Cli.Model;

/// <summary>
/// Opens models for commands: downloads show a bar, and what the library has to say goes to the console.
/// </summary>
internal static class ModelOpening
{
    /// <summary>Opens a model.</summary>
    public static ElasticModel Open(OpenOptions options, ConsoleReporter console, CancellationToken cancel)
    {
        // Results alone go to standard output, and a download is none.
        var notes = console.OnError();
        using var bar = new DownloadBar(notes, options.Model);
        var told = options with { Logger = new ConsoleLogger(console, notes), OnDownload = bar.Show };
        return Explain(() => ElasticModel.Open(told, cancel));
    }

    /// <summary>The same, of a language model; a classifier is refused before its weights are read.</summary>
    /// <exception cref="InvalidDataException">It is a classifier.</exception>
    public static ElasticModel OpenCausal(OpenOptions options, ConsoleReporter console, CancellationToken cancel) =>
        Open(options with { NeedsLanguageModel = true }, console, cancel);

    /// <summary>The folder or file of a model whose weights are not needed.</summary>
    public static string Locate(
        ModelFlags model, HubContent content, ConsoleReporter console, CancellationToken cancel)
    {
        var notes = console.OnError();
        using var bar = new DownloadBar(notes, model.ModelNameOrPath);
        var location = new ModelLocation
        {
            Logger = new ConsoleLogger(notes),
            OnDownload = bar.Show,
            Timeout = model.HubWait,
        };
        return Explain(() => location.Find(model.ModelNameOrPath, model.ModelRevision, content, cancel));
    }

    private static T Explain<T>(Func<T> work) => Interruption.Explain(
        work, () => "what was downloaded is kept in the cache; the same command goes on from there");
}
