using LoNas.Cli.Flags;
using LoNas.Cli.Model;
using LoNas.Cli.Output;
using LoNas.Data.Records;
using LoNas.Formats.Peft;
using LoNas.Hub;
using LoNas.Search;

namespace LoNas.Cli.Train;

/// <summary>
/// What an adapter's folder says of how its records were read, for a search by loss: other labels would rank
/// sub-adapters by what they never learned.
/// </summary>
internal static class TrainedAs
{
    /// <summary>The options with what the adapter's folder says, where no flag says otherwise.</summary>
    /// <exception cref="ArgumentException">The adapter can't be judged as asked.</exception>
    public static RunOptions Apply(RunOptions options, ConsoleReporter console, CancellationToken cancel)
    {
        if (options.Records is not null)
        {
            if (!options.Training.DoTrain && options.Adapter.LoraWeights is { } trained
                && Recorded(trained, options, console, cancel) is { IsOfRecords: true } own)
            {
                options = options with { Records = DataOpening.Followed(options.Records, own, console) };
            }

            return options with
            {
                Search = options.Search with { SearchMetric = SearchMetric.Loss },
                Training = options.Training with
                {
                    Packing = options.Training.Packing ?? Packing(options, console, cancel),
                },
            };
        }

        if (options.Glue is not null || options.Training.DoTrain || !options.Search.DoSearch
            || options.Adapter.LoraWeights is not { } adapter
            || Recorded(adapter, options, console, cancel) is not { } data)
        {
            return options;
        }

        if (data.IsOfRecords && options.Search.SearchMetric != SearchMetric.Loss)
        {
            throw new ArgumentException(
                $"The adapter '{adapter}' was trained on records of the format {data.Format}, which have no answers to "
                + "compare with; give --search_metric loss");
        }

        return options.Search.SearchMetric != SearchMetric.Loss ? options
            : data.IsOfRecords ? AsRecords(options, data, console)
            : AsInstructions(options, data, console);
    }

    /// <summary>Documents have no ends that a model should wait for: rows of them are full.</summary>
    private static PackingName Packing(RunOptions options, ConsoleReporter console, CancellationToken cancel) =>
        options.Training is { DoTrain: true, GroupByLength: false }
            && DataOpening.Open(
                options.Records!.DatasetPath, options.Records.Reading, options.Model.HubWait, console, cancel,
                isQuiet: true).Format == RecordFormat.Text
            ? PackingName.Concat
            : PackingName.False;

    private static TrainedData? Recorded(
        string adapter, RunOptions options, ConsoleReporter console, CancellationToken cancel) =>
        AdapterManifest.Data(ModelOpening.Locate(
            options.Model with { ModelNameOrPath = adapter, ModelRevision = null }, HubContent.Adapter, console,
            cancel));

    private static RunOptions AsInstructions(RunOptions options, TrainedData data, ConsoleReporter console)
    {
        var flags = options.Data;
        var taken = flags with
        {
            TrainOnInputs = flags.SaysTrainOnInputs ? flags.TrainOnInputs : data.TrainOnInputs,
            CutoffLen = flags.SaysCutoffLen ? flags.CutoffLen : data.CutoffLength,
        };
        if (taken.TrainOnInputs != data.TrainOnInputs)
        {
            console.Warn(
                $"the adapter was trained with --train_on_inputs {data.TrainOnInputs}, and its sub-adapters are judged "
                + $"with {taken.TrainOnInputs}: the ranking is of what it did not learn");
        }

        if (taken != flags)
        {
            console.Line(
                $"as the adapter was trained: --train_on_inputs {taken.TrainOnInputs}, --cutoff_len {taken.CutoffLen}");
        }

        return options with { Data = taken };
    }

    private static RunOptions AsRecords(RunOptions options, TrainedData data, ConsoleReporter console)
    {
        var flags = options.Data;
        var records = new RecordFlags
        {
            DatasetPath = RecordFlags.Places.Parse(flags.DatasetPath!),
            Encoding = flags.Encoding,
            ValSetSize = flags.ValSetSize,
            CutoffLen = flags.CutoffLen,
            TrainOnInputs = flags.TrainOnInputs,
            Said =
            [
                .. flags.SaysCutoffLen ? ["cutoff_len"] : Array.Empty<string>(),
                .. flags.SaysTrainOnInputs ? ["train_on_inputs"] : Array.Empty<string>(),
            ],
        };
        return options with { Records = DataOpening.Followed(records, data, console) };
    }
}
