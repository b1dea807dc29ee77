using LoNas.Data.Records;
using LoNas.Errors;
using LoNas.Formats.Peft;
using LoNas.Runtime;
using LoNas.Text;

namespace LoNas.Data;

/// <summary>How records become examples; names and defaults are LLM-Adapters'.</summary>
public sealed record DataOptions
{
    /// <summary>Most tokens of an example; longer records lose their end. 256 by default.</summary>
    public int CutoffLength { get; init; } = 256;

    /// <summary>Whether all tokens are learned, or only those after the prompt; all by default.</summary>
    public bool TrainOnInputs { get; init; } = true;

    /// <summary>Records set aside for validation; none by default.</summary>
    public int ValidationSize { get; init; }

    /// <summary>Most training records, the first ones; null, the default, takes all.</summary>
    public int? MaxTrainingRecords { get; init; }

    /// <summary>How longer records are cut; at their end by default.</summary>
    public RecordTruncation Truncation { get; init; } = RecordTruncation.Right;

    /// <summary>What stands before a record's output; null, the default, is LLM-Adapters' training template.</summary>
    public Func<InstructionRecord, string>? Prompt { get; init; }
}

/// <summary>The encoded training and validation records of a run.</summary>
public sealed record TrainingData
{
    /// <summary>
    /// The reference splits with a fixed seed, so that a later search sees the same validation records.
    /// </summary>
    public const long SplitSeed = 42;

    /// <summary>The training examples with their lengths before the cut.</summary>
    public required EncodedDataset Encoded { get; init; }

    /// <summary>The validation examples; empty where none were set aside.</summary>
    public required EncodedDataset EncodedValidation { get; init; }

    /// <summary>The number of each training record in its file, from 1.</summary>
    public required IReadOnlyList<int> RecordNumbers { get; init; }

    /// <summary>How the records became examples.</summary>
    public required DataOptions Options { get; init; }

    /// <summary>What the adapter's folder notes of it; null for nothing.</summary>
    public TrainedData? Recorded { get; init; }

    /// <summary>The training examples.</summary>
    public IReadOnlyList<TrainingExample> Training => Encoded.Examples;

    /// <summary>The validation examples.</summary>
    public IReadOnlyList<TrainingExample> Validation => EncodedValidation.Examples;

    /// <summary>Splits and encodes records.</summary>
    /// <param name="records">All of them.</param>
    /// <param name="options">How.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <exception cref="ArgumentException">No record, or none with a label, is left to train on.</exception>
    public static TrainingData Encode(
        IReadOnlyList<InstructionRecord> records, DataOptions options, TextTokenizer tokenizer)
    {
        var (training, validation) = InstructionDataset.Split(
            records, options.ValidationSize, new SeededRandom(SplitSeed));
        var used = options.MaxTrainingRecords is { } limit ? training.Take(limit).ToList() : training;
        RequireRecords(used.Count, options.ValidationSize, records.Count);
        var encoder = new InstructionEncoder(tokenizer, options.CutoffLength, options.TrainOnInputs, options.Prompt);

        // The split keeps the objects, so that each is found again.
        var numbers = new Dictionary<object, int>(ReferenceEqualityComparer.Instance);
        foreach (var (index, record) in records.Index())
        {
            numbers.TryAdd(record, index + 1); // a record may be given several times
        }

        return Of(
            encoder.Encode(used), [.. used.Select(record => numbers[record])], encoder.Encode(validation), options,
            new TrainedData
            {
                Format = TrainedData.Instructions,
                TrainOnInputs = options.TrainOnInputs,
                CutoffLength = options.CutoffLength,
            });
    }

    /// <summary>Training data of examples.</summary>
    /// <exception cref="ArgumentException">None has a label to train on.</exception>
    internal static TrainingData Of(
        EncodedDataset training, IReadOnlyList<int> numbers, EncodedDataset validation, DataOptions options,
        TrainedData recorded)
    {
        RequireLabels(training, "training", options);
        return new TrainingData
        {
            Encoded = training,
            EncodedValidation = validation,
            RecordNumbers = numbers,
            Options = options,
            Recorded = recorded,
        };
    }

    /// <summary>Refuses a validation set that is measured though no record of it has a label.</summary>
    /// <exception cref="ArgumentException">It has none: its loss would be no number.</exception>
    public void RequireValidationLabels() => RequireLabels(EncodedValidation, "validation", Options);

    /// <summary>What the user should know before training starts, one sentence each.</summary>
    /// <param name="maxPositions">Positions that the model was trained for.</param>
    public IEnumerable<string> Notes(long maxPositions)
    {
        if (Encoded.TruncatedCount > 0)
        {
            yield return $"{Encoded.TruncatedCount} of {Training.Count} records are longer than the cutoff of "
                + $"{Options.CutoffLength} tokens and are cut: they lose their {LostPart}";
        }

        if (Encoded.UnlabelledCount > 0)
        {
            yield return $"{Encoded.UnlabelledCount} of {Training.Count} records have no label left and teach nothing";
        }

        if (EncodedValidation.UnlabelledCount > 0)
        {
            yield return $"{EncodedValidation.UnlabelledCount} of {Validation.Count} validation records have no label "
                + "left and do not count";
        }

        if (Training.Longest() is var longest && longest > maxPositions)
        {
            yield return $"the longest record has {longest} tokens and the model was trained for {maxPositions} "
                + "positions: positions go on past that";
        }
    }

    private static void RequireRecords(int left, int validation, int all)
    {
        if (left == 0)
        {
            throw new ArgumentException(
                $"A validation set of {validation} records leaves none of {all} to train on; make it smaller")
                .About(Setting.ValidationRecords);
        }
    }

    private string LostPart => Options.Truncation switch
    {
        RecordTruncation.Turns => "oldest turns, and their end where that is not enough",
        RecordTruncation.Left => "beginning",
        _ => "end",
    };

    private static void RequireLabels(EncodedDataset set, string kind, DataOptions options)
    {
        if (set.Examples.Count == 0 || set.UnlabelledCount < set.Examples.Count)
        {
            return;
        }

        throw new ArgumentException(
            $"None of the {set.Examples.Count} {kind} records has a label within its first {options.CutoffLength} "
            + "tokens, so nothing can be learned or measured; allow longer records, or learn the prompts too")
            .About(Setting.InputLength, Setting.TrainOnInputs);
    }
}
