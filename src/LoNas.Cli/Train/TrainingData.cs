using LoNas.Data;
using LoNas.Evaluation;
using LoNas.Runtime;

namespace LoNas.Cli.Train;

/// <summary>The encoded training and validation records of a run.</summary>
internal sealed record TrainingData
{
    /// <summary>The reference splits with a fixed seed, so that searches see the same validation records.</summary>
    public const long SplitSeed = 42;

    public required EncodedDataset Encoded { get; init; }

    public required EncodedDataset EncodedValidation { get; init; }

    /// <summary>The number of each training record in its file, from 1.</summary>
    public required IReadOnlyList<int> RecordNumbers { get; init; }

    public IReadOnlyList<TrainingExample> Training => Encoded.Examples;

    public IReadOnlyList<TrainingExample> Validation => EncodedValidation.Examples;

    /// <summary>Splits and encodes the records.</summary>
    /// <param name="records">All of <c>--dataset_path</c>.</param>
    /// <param name="options">The command's.</param>
    /// <param name="model">Has the tokenizer.</param>
    /// <param name="suite">Whose prompts are trained; null: the usual ones.</param>
    public static TrainingData Encode(
        IReadOnlyList<InstructionRecord> records, RunMathOptions options, ElasticModel model, TaskSuite? suite = null)
    {
        var (training, validation) = InstructionDataset.Split(records, options.Data.ValSetSize, new SeededRandom(SplitSeed));
        var used = options.Data.MaxTrainSamples is { } limit ? training.Take(limit).ToList() : training;
        if (used.Count == 0)
        {
            throw new ArgumentException(
                $"--val_set_size {options.Data.ValSetSize} leaves no record of '{options.Data.DatasetPath}' to train on; make it smaller");
        }

        var encoder = new InstructionEncoder(
            model.Tokenizer, options.Data.CutoffLen, options.Data.TrainOnInputs, suite?.TrainingPrompt);
        // The split keeps the objects, so that each is found again.
        var numbers = records.Index().ToDictionary<(int Index, InstructionRecord Item), object, int>(
            item => item.Item, item => item.Index + 1, ReferenceEqualityComparer.Instance);
        return new TrainingData
        {
            Encoded = encoder.Encode(used),
            EncodedValidation = encoder.Encode(validation),
            RecordNumbers = [.. used.Select(record => numbers[record])],
        };
    }

    /// <summary>What the user should know before training starts.</summary>
    public IEnumerable<string> Notes(RunMathOptions options, long maxPositions)
    {
        if (Encoded.TruncatedCount > 0)
        {
            yield return $"{Encoded.TruncatedCount} of {Training.Count} records are longer than --cutoff_len "
                + $"{options.Data.CutoffLen} and are cut: they lose their end";
        }

        if (Encoded.UnlabelledCount > 0)
        {
            yield return $"{Encoded.UnlabelledCount} of {Training.Count} records have no label left and teach nothing";
        }

        if (Training.Max(example => example.InputIds.Length) is var longest && longest > maxPositions)
        {
            yield return $"the longest record has {longest} tokens and the model was trained for {maxPositions} positions: "
                + "positions go on past that";
        }

        if ((options.Validation.DoEval || options.Validation.EvaluationStrategy != LoNas.Training.IntervalStrategy.No) && Validation.Count == 0)
        {
            yield return "there is no validation split, so evaluation is skipped; set --val_set_size";
        }
    }
}
