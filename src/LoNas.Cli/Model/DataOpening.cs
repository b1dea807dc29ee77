using LoNas.Cli.Output;
using LoNas.Data.Records;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LoNas.Cli.Model;

/// <summary>Opens data sets: files, folders and names of the hub, which are downloaded with a bar.</summary>
internal static class DataOpening
{
    /// <summary>Opens them as one data set.</summary>
    /// <param name="names">What the user named.</param>
    /// <param name="reading">How records are read.</param>
    /// <param name="wait">How long the hub is waited for; null: as its settings say.</param>
    /// <param name="console">Shows what happens.</param>
    /// <param name="cancel">Stops a download.</param>
    /// <param name="isQuiet">Whether nothing is said of them but how far a download is.</param>
    public static RecordSet Open(
        IReadOnlyList<string> names, RecordOptions reading, TimeSpan? wait, ConsoleReporter console,
        CancellationToken cancel, bool isQuiet = false)
    {
        var notes = console.OnError();
        ILogger logger = isQuiet ? NullLogger.Instance : new ConsoleLogger(notes);
        return RecordSet.Open([.. names.SelectMany(Files)], reading, isQuiet ? logger : new ConsoleLogger(console));

        IReadOnlyList<string> Files(string name)
        {
            using var bar = new DownloadBar(notes, name);
            var location = new DataLocation { Logger = logger, OnDownload = bar.Show, Timeout = wait };
            return Interruption.Explain(
                () => location.Find(name, cancel),
                () => "what was downloaded is kept in the cache; the same command goes on from there");
        }
    }
}
