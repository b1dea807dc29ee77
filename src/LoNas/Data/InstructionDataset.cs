using System.Text.Json;
using LoNas.Runtime;
using LoNas.Storage;

namespace LoNas.Data;

/// <summary>Reads and splits instruction data sets: a JSON array of records, or JSON Lines.</summary>
public static class InstructionDataset
{
    private const int ListedProblems = 5;

    /// <summary>A file with so many bad records is not a data set, so the rest of it is not read.</summary>
    private const int MostProblems = 1000;

    private static ReadOnlySpan<byte> WhiteSpace => " \t\r\n"u8;

    /// <summary>Reads every record of a file, in the file's order.</summary>
    /// <param name="path">
    /// A JSON array of <c>{instruction, input, output, answer}</c>, or one such object a line.
    /// </param>
    /// <param name="isTestSet">
    /// True requires <c>answer</c>, false (training) requires <c>output</c>; the other one may be missing.
    /// </param>
    /// <exception cref="InvalidDataException">
    /// The file is missing, empty or in neither format, or it has bad records, of which the first five are listed.
    /// </exception>
    public static IReadOnlyList<InstructionRecord> Load(string path, bool isTestSet = false)
    {
        var text = JsonInput.AsUtf8(InputPath.Read(path, "data set", File.ReadAllBytes));
        var problems = new List<string>();
        var records = text.Span.TrimStart(WhiteSpace) is [(byte)'{', ..]
            ? ReadLines(text, isTestSet, problems)
            : ReadArray(text, path, isTestSet, problems);
        if (problems.Count > 0)
        {
            throw new InvalidDataException(Describe(path, problems, records.Count + problems.Count));
        }

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

    private static List<InstructionRecord> ReadArray(
        ReadOnlyMemory<byte> text, string path, bool isTestSet, List<string> problems)
    {
        if (IsBlank(text))
        {
            return [];
        }

        var root = JsonInput.Parse(text, $"data set '{path}'");
        if (root.ValueKind != JsonValueKind.Array)
        {
            throw new InvalidDataException(
                $"The data set '{path}' holds a JSON {root.ValueKind}; expected an array of records, or one record a "
                + "line");
        }

        var records = new List<InstructionRecord>(root.GetArrayLength());
        foreach (var (index, element) in root.EnumerateArray().Index().TakeWhile(_ => problems.Count < MostProblems))
        {
            Add(element, $"record {index + 1}", isTestSet, records, problems);
        }

        return records;
    }

    private static List<InstructionRecord> ReadLines(
        ReadOnlyMemory<byte> text, bool isTestSet, List<string> problems)
    {
        var records = new List<InstructionRecord>();
        foreach (var (index, line) in Lines(text).Index().Where(item => !IsBlank(item.Item))
            .TakeWhile(_ => problems.Count < MostProblems))
        {
            var place = $"line {index + 1} (record {records.Count + problems.Count + 1})";
            try
            {
                Add(JsonInput.Parse(line, "line"), place, isTestSet, records, problems);
            }
            catch (InvalidDataException)
            {
                problems.Add($"{place}: no whole JSON object; expected one record on each line");
            }
        }

        return records;
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Lines(ReadOnlyMemory<byte> text)
    {
        for (int end; (end = text.Span.IndexOf((byte)'\n')) >= 0; text = text[(end + 1)..])
        {
            yield return text[..end];
        }

        yield return text;
    }

    private static bool IsBlank(ReadOnlyMemory<byte> text) => text.Span.Trim(WhiteSpace).IsEmpty;

    private static void Add(
        JsonElement element, string place, bool isTestSet, List<InstructionRecord> records, List<string> problems)
    {
        var reader = new InstructionRecordReader(isTestSet);
        if (reader.Read(element) is { } record)
        {
            records.Add(record);
        }
        else
        {
            problems.Add($"{place}: {string.Join("; ", reader.Problems)}");
        }
    }

    private static string Describe(string path, List<string> problems, int count)
    {
        var more = problems.Count > ListedProblems ? $"\n  and {problems.Count - ListedProblems} more" : "";
        var all = problems.Count < MostProblems ? "" : "the first ";
        return $"The data set '{path}' has {problems.Count} bad of {all}{count} records; correct or remove them:\n  "
            + string.Join("\n  ", problems.Take(ListedProblems)) + more;
    }
}
