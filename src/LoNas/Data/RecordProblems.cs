using System.Text.Json;

namespace LoNas.Data;

/// <summary>Something wrong with a record.</summary>
/// <param name="Text">What.</param>
/// <param name="IsOfKeys">Whether a key is missing, so that those that are there tell more.</param>
internal readonly record struct RecordProblem(string Text, bool IsOfKeys = false);

/// <summary>What is wrong with the records of a file, for one message about all of them.</summary>
internal sealed class RecordProblems(string path, bool isTestSet)
{
    private const int ListedProblems = 5;

    /// <summary>A file with so many bad records is not a data set, so the rest of it is not read.</summary>
    private const int MostProblems = 1000;

    private readonly List<string> _problems = [];
    private string? _keys;

    public int Count => _problems.Count;

    public bool IsFull => Count >= MostProblems;

    /// <summary>
    /// Notes a bad record; the keys of the first that lacks some stand for all, which are mostly alike.
    /// </summary>
    /// <param name="place">Where it is.</param>
    /// <param name="record">The record as it was read.</param>
    /// <param name="problems">What is wrong with it.</param>
    public void Add(string place, JsonElement record, IReadOnlyCollection<RecordProblem> problems)
    {
        _problems.Add($"{place}: {string.Join("; ", problems.Select(problem => problem.Text))}");
        if (problems.Any(problem => problem.IsOfKeys))
        {
            _keys ??= $"\n{place} has {ForeignKeys.Describe(record, isTestSet)}";
        }
    }

    /// <summary>Throws if there is a bad record.</summary>
    /// <param name="good">How many records are good.</param>
    /// <exception cref="InvalidDataException">There is one; the first five are listed.</exception>
    public void ThrowIfAny(int good)
    {
        if (Count == 0)
        {
            return;
        }

        var all = IsFull ? "the first " : "";
        throw new InvalidDataException(
            $"The data set '{path}' has {Count} bad of {all}{good + Count} records; correct or remove them:"
            + List(_problems) + _keys);
    }

    /// <summary>The first of some problems, a line each, and how many more there are.</summary>
    public static string List(IReadOnlyCollection<string> problems)
    {
        var more = problems.Count > ListedProblems ? $"\n  and {problems.Count - ListedProblems} more" : "";
        return string.Concat(problems.Take(ListedProblems).Select(problem => $"\n  {problem}")) + more;
    }
}
