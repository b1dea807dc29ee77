using System.Text;
using LoNas.Runtime;
using LoNas.Storage;

namespace LoNas.Data;

/// <summary>Reads and splits instruction data sets.</summary>
public static class InstructionDataset
{
    /// <summary>Reads every record of a file, in the file's order.</summary>
    /// <param name="path">
    /// A JSON array of <c>{instruction, input, output, answer}</c>, one such object a line, or one object with a list
    /// of them or with a column for each key.
    /// </param>
    /// <param name="isTestSet">
    /// True requires <c>answer</c>, false (training) requires <c>output</c>; the other one may be missing.
    /// </param>
    /// <param name="encoding">The file's encoding, as <see cref="TextInput.Find"/> gives it; null: UTF-8.</param>
    /// <exception cref="InvalidDataException">
    /// The file is missing, empty, not in this encoding or in none of these layouts, or it has bad records, of which
    /// the first five are listed.
    /// </exception>
    public static IReadOnlyList<InstructionRecord> Load(
        string path, bool isTestSet = false, Encoding? encoding = null) =>
        Load(path, isTestSet, encoding, check: null);

    /// <summary>The same, with more to ask of a record.</summary>
    /// <param name="path">The file.</param>
    /// <param name="isTestSet">As above.</param>
    /// <param name="encoding">As above.</param>
    /// <param name="check">What is wrong with a record that is sound in itself; null: nothing.</param>
    /// <exception cref="InvalidDataException">As above.</exception>
    internal static IReadOnlyList<InstructionRecord> Load(
        string path, bool isTestSet, Encoding? encoding, Func<InstructionRecord, IEnumerable<RecordProblem>>? check)
    {
        var origin = $"data set '{path}'";
        var text = NonFiniteJson.Accept(
            TextInput.Decode(InputPath.Read(path, "data set", File.ReadAllBytes), origin, encoding));
        var problems = new RecordProblems(path, isTestSet);
        var records = new List<InstructionRecord>();
        foreach (var (line, element, problem) in RecordLayout.Read(text, origin).TakeWhile(_ => !problems.IsFull))
        {
            int number = records.Count + problems.Count + 1;
            var reader = new InstructionRecordReader(isTestSet);
            var record = reader.Read(element, path, number, problem);
            RecordProblem[] wrong = record is null ? [.. reader.Problems] : [.. check?.Invoke(record) ?? []];
            if (record is not null && wrong.Length == 0)
            {
                records.Add(record);
                continue;
            }

            var place = line > 0 ? $"line {line} (record {number})" : $"record {number}";
            problems.Add(place, element, wrong);
        }

        problems.ThrowIfAny(records.Count);
        return records.Count > 0
            ? records
            : throw new InvalidDataException($"The data set '{path}' has no records; expected at least one");
    }

    /// <summary>Sets aside a random validation set; both parts keep the order of <paramref name="records"/>.</summary>
    /// <param name="records">All records.</param>
    /// <param name="validationSize">How many to set aside; 0 draws nothing.</param>
    /// <param name="random">Decides which ones.</param>
    /// <exception cref="ArgumentException">The size is negative or exceeds the number of records.</exception>
    public static (IReadOnlyList<InstructionRecord> Training, IReadOnlyList<InstructionRecord> Validation) Split(
        IReadOnlyList<InstructionRecord> records, int validationSize, SeededRandom random)
    {
        if (validationSize < 0 || validationSize > records.Count)
        {
            throw new ArgumentException(
                $"A validation set of {validationSize} records can't be split off a data set of {records.Count}; "
                + $"expected 0 to {records.Count}", nameof(validationSize));
        }

        if (validationSize == 0)
        {
            return (records, []);
        }

        var chosen = random.Permutation(records.Count).Take(validationSize).ToHashSet();
        var parts = records.Index().ToLookup(item => chosen.Contains(item.Index), item => item.Item);
        return (parts[false].ToList(), parts[true].ToList());
    }
}
