using LoNas.Errors;
using LoNas.Formats.Peft;
using LoNas.Runtime;

namespace LoNas.Data.Records;

/// <summary>
/// Makes training data of records of any format, which are encoded by several threads as they are read.
/// </summary>
public static class RecordTraining
{
    /// <summary>Records that are encoded at once; their texts are in memory together.</summary>
    private const int ChunkSize = 2048;

    /// <summary>A data set with so many records that can't be encoded is another than it was taken for.</summary>
    private const int MostProblems = 1000;

    /// <summary>Encodes records, and sets some aside for validation.</summary>
    /// <param name="records">All of them; read once.</param>
    /// <param name="validation">Records for validation alone; null: some of <paramref name="records"/>.</param>
    /// <param name="encoder">Turns a record into tokens.</param>
    /// <param name="options">How many are set aside and used.</param>
    /// <param name="recorded">What the adapter's folder notes of it.</param>
    /// <param name="skipped">Told each record that can't be encoded and is left out; null: such a record is an error.
    /// </param>
    /// <exception cref="InvalidDataException">Records can't be encoded; the first five are listed.</exception>
    /// <exception cref="ArgumentException">No record, or none with a label, is left to train on.</exception>
    public static TrainingData Encode(
        IEnumerable<DataRecord> records, IEnumerable<DataRecord>? validation, RecordEncoder encoder,
        DataOptions options, TrainedData recorded, Action<string>? skipped = null)
    {
        var all = EncodeAll(records, encoder, skipped);
        var others = validation is null ? null : EncodeAll(validation, encoder, skipped);
        int[] held = others is not null ? [] : Held(all.RecordCount, options.ValidationSize);
        var aside = held.ToHashSet();
        var trained = Enumerable.Range(0, all.RecordCount).Where(record => !aside.Contains(record));
        var training = all.Take([.. options.MaxTrainingRecords is { } most ? trained.Take(most) : trained]);
        return TrainingData.Of(
            training.Set, training.Numbers,
            others is null ? all.Take(held).Set : others.Take([.. Enumerable.Range(0, others.RecordCount)]).Set,
            options, recorded);
    }

    /// <summary>The examples of records that are only measured, and how many records they are of.</summary>
    /// <exception cref="InvalidDataException">Records can't be encoded; the first five are listed.</exception>
    public static (IReadOnlyList<TrainingExample> Examples, int Records) Encode(
        IEnumerable<DataRecord> records, RecordEncoder encoder, Action<string>? skipped = null)
    {
        var encoded = EncodeAll(records, encoder, skipped);
        return (encoded.Take([.. Enumerable.Range(0, encoded.RecordCount)]).Set.Examples, encoded.RecordCount);
    }

    /// <summary>The records that are set aside, in their order.</summary>
    private static int[] Held(int count, int size) => size < count || size == 0
        ? [.. new SeededRandom(TrainingData.SplitSeed).Permutation(count).Take(size).Order()]
        : throw new ArgumentException(
            $"A validation set of {size} records leaves none of {count} to train on; make it smaller")
            .About(Setting.ValidationRecords);

    private static EncodedRecords EncodeAll(
        IEnumerable<DataRecord> records, RecordEncoder encoder, Action<string>? skipped)
    {
        var encoded = new EncodedRecords();
        var problems = new List<string>();
        bool IsFull() => skipped is null && problems.Count >= MostProblems;
        foreach (var chunk in records.Chunk(ChunkSize).TakeWhile(_ => !IsFull()))
        {
            var results = new (IReadOnlyList<EncodedRecord>? Parts, string? Problem)[chunk.Length];
            Parallel.For(0, chunk.Length, index => results[index] = Try(encoder, chunk[index]));
            foreach (var (record, (parts, problem)) in chunk.Zip(results))
            {
                if (parts is not null)
                {
                    encoded.Add(record.Number, parts);
                    continue;
                }

                problems.Add(problem!);
                skipped?.Invoke(problem!);
            }
        }

        return problems.Count == 0 || skipped is not null ? encoded : throw Refused(problems, encoded.RecordCount);
    }

    private static (IReadOnlyList<EncodedRecord>? Parts, string? Problem) Try(
        RecordEncoder encoder, DataRecord record)
    {
        try
        {
            return (encoder.Encode(record), null);
        }
        catch (InvalidDataException error)
        {
            var place = record.Place ?? $"record {record.Number}";
            return (null, $"{(record.File is null ? "" : $"'{record.File}', ")}{place}: {error.Message}");
        }
    }

    private static InvalidDataException Refused(List<string> problems, int good) => new InvalidDataException(
        $"{problems.Count} of {(problems.Count < MostProblems ? "" : "the first ")}{problems.Count + good} records "
        + $"can't be made into tokens; correct or remove them:{RecordProblems.List(problems)}")
        .About(Setting.BadRecords);
}
