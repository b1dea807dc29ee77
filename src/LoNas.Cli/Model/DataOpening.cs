using LoNas.Cli.Flags;
using LoNas.Cli.Output;
using LoNas.Data.Records;
using LoNas.Formats.Peft;
using LoNas.Text.Chat;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LoNas.Cli.Model;

/// <summary>Opens data sets: files, folders and names of the hub, which are downloaded with a bar.</summary>
internal static class DataOpening
{
    private const int MostNamed = 5;

    /// <summary>Refuses conversations without a chat template once, and not record by record.</summary>
    /// <exception cref="InvalidDataException">They are conversations, and there is none.</exception>
    public static void RequireTemplate(RecordSet set, RecordEncoder encoder, string model)
    {
        if (!encoder.HasTemplate
            && set.Files.Any(file => file.Format is RecordFormat.Messages or RecordFormat.ShareGpt))
        {
            throw ChatTemplate.Missing(model);
        }
    }

    /// <summary>
    /// The flags as an adapter was trained, where none says otherwise; what says otherwise is warned of, since what is
    /// measured then is not what was learned.
    /// </summary>
    public static RecordFlags Followed(RecordFlags flags, TrainedData data, ConsoleReporter console)
    {
        var followed = flags.As(data);
        bool isOtherTemplate = flags.Chat.ChatTemplate is { } name && data.ChatTemplate is { } trained
            && ChatTemplate.Load(name, null).Source != trained;
        string[] different =
        [
            .. followed.TrainOnInputs != data.TrainOnInputs ? ["--train_on_inputs"] : Array.Empty<string>(),
            .. !followed.TrainOnInputs && !data.TrainOnInputs && (followed.TrainOn == LearnedName.Last)
                != (data.TrainOn == "last") ? ["--train_on"] : Array.Empty<string>(),
            .. isOtherTemplate ? ["--chat_template"] : Array.Empty<string>(),
        ];
        if (different.Length > 0)
        {
            console.Warn(
                $"the adapter was trained with another {string.Join(" and ", different)}: what is measured is not what "
                + "it learned");
        }

        console.Line(
            $"as the adapter was trained: records of the format {data.Format}, --train_on_inputs "
            + $"{followed.TrainOnInputs}, --cutoff_len {followed.CutoffLen}");
        return followed;
    }

    /// <summary>Says which records were left out, when reading and when encoding.</summary>
    public static void TellSkipped(RecordSet set, IReadOnlyList<string> unencoded, ConsoleReporter console)
    {
        long count = set.BadCount + unencoded.Count;
        if (count > 0)
        {
            var named = set.Bad.Select(bad => bad.ToString()).Concat(unencoded).Take(MostNamed);
            console.Warn(FormattableString.Invariant($"{count} bad records are left out:")
                + string.Concat(named.Select(each => $"\n  {each}"))
                + (count > MostNamed ? FormattableString.Invariant($"\n  and {count - MostNamed} more") : ""));
        }
    }

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
