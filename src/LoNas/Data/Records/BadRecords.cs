using LoNas.Errors;

namespace LoNas.Data.Records;

/// <summary>The bad records of a file, for one message about all of them.</summary>
internal sealed class BadRecords(string path)
{
    /// <summary>A file with so many bad records is of another kind, so the rest of it is not read.</summary>
    private const int Most = 1000;

    private readonly List<string> _problems = [];

    public int Count => _problems.Count;

    public bool IsFull => Count >= Most;

    public void Add(string place, string problem) => _problems.Add($"{place}: {problem}");

    /// <summary>Throws if there is a bad record.</summary>
    /// <param name="all">How many records were read.</param>
    /// <exception cref="InvalidDataException">There is one; the first five are listed.</exception>
    public void ThrowIfAny(int all)
    {
        if (Count > 0)
        {
            throw new InvalidDataException(
                $"The data set '{path}' has {Count} bad of {(IsFull ? "the first " : "")}{all} records:"
                + $"{RecordProblems.List(_problems)}\ncorrect or remove them, or have bad records left out")
                .About(Setting.BadRecords);
        }
    }
}
