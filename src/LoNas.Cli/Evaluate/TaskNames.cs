using LoNas.Cli.Options;
using LoNas.Evaluation;
using LoNas.Evaluation.Glue;

namespace LoNas.Cli.Evaluate;

/// <summary>The words of <c>--tasks</c>: sets, the suites they belong to, and task files.</summary>
internal static class TaskNames
{
    /// <summary>What stands before a task of GLUE.</summary>
    public const string Glue = "glue:";

    private static readonly TaskSuite[] Suites = [TaskSuite.Math, TaskSuite.Commonsense];

    /// <summary>Suites and sets.</summary>
    public static IReadOnlyList<string> Words =>

        [
            .. Suites.Select(suite => suite.Name), .. EvaluationTask.All.Select(task => task.Name),
            .. GlueTask.All.Select(task => Glue + task.Name),
        ];

    /// <summary>What may be given, for messages.</summary>
    public static string Allowed { get; } =
        $"{string.Join(" or ", Suites.Select(suite => suite.Name))} for all of their sets, sets "
        + $"({string.Join(", ", EvaluationTask.All.Select(task => task.Name))}), task files that end in .json, "
        + $"{LossTask.Allowed}, or of a "
        + $"classifier tasks of GLUE ({string.Join(", ", GlueTask.All.Select(task => Glue + task.Name))})";

    /// <summary>Whether a name is one of a classifier's tasks.</summary>
    public static bool IsOfGlue(string name) => name.StartsWith(Glue, StringComparison.Ordinal);

    /// <summary>The tasks of GLUE among names.</summary>
    public static IReadOnlyList<GlueTask> OfGlue(IReadOnlyList<string> names) =>
        [.. names.Where(IsOfGlue).Select(name => GlueTask.All.First(task => Glue + task.Name == name))];

    public static bool IsKnown(string name) => LossTask.Is(name) || OptionsFile.IsName(name) || Words.Contains(name);

    /// <summary>A question for the known word that looks most alike; empty where none does.</summary>
    public static string Suggestion(string name) =>
        NearestName.Find(name, Words) is { } near ? $"did you mean '{near}'? " : "";

    /// <summary>The tasks that the words stand for, in their order.</summary>
    /// <exception cref="InvalidDataException">A task file is missing or wrong.</exception>
    /// <exception cref="ArgumentException">Two tasks have the same name, which would share a result file.</exception>
    public static IReadOnlyList<EvaluationTask> Resolve(IReadOnlyList<string> names)
    {
        EvaluationTask[] tasks = [.. names.SelectMany(Tasks)];
        var twice = tasks.GroupBy(task => task.Name, StringComparer.OrdinalIgnoreCase)
            .FirstOrDefault(group => group.Count() > 1);
        return twice is null
            ? tasks
            : throw new ArgumentException(
                $"--tasks names '{twice.Key}' twice; leave one out, or give a task file another 'name'");
    }

    private static IEnumerable<EvaluationTask> Tasks(string name) =>
        OptionsFile.IsName(name) ? [TaskFileReader.Read(name)]
        : Suites.FirstOrDefault(suite => suite.Name == name) is { } suite ? suite.Tasks
        : EvaluationTask.All.Where(task => task.Name == name);
}
