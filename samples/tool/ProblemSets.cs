using LoNas.Runtime;
using LoNas.Storage;

namespace LoNas.Samples;

/// <summary>The fine-tuning records and the held-out records; no text is in both.</summary>
internal static class ProblemSets
{
    /// <summary>Records for training.</summary>
    public const int TrainCount = 4000;

    /// <summary>Held-out records.</summary>
    public const int TestCount = 200;

    /// <summary>Draws both sets; the test set comes first, so it does not change with the size of the other.</summary>
    public static (List<WordProblem> Train, List<WordProblem> Test) Draw(long seed)
    {
        var generator = new ProblemGenerator(new SeededRandom(seed));
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var test = DrawDistinct(generator, TestCount, seen);
        return (DrawDistinct(generator, TrainCount, seen), test);
    }

    /// <summary>Writes train.json and test.json.</summary>
    public static void Write(string folder, List<WordProblem> train, List<WordProblem> test)
    {
        JsonOutput.Save(Path.Combine(folder, "train.json"), train.Select(ProblemRecord.Of));
        JsonOutput.Save(Path.Combine(folder, "test.json"), test.Select(ProblemRecord.Of));
    }

    private static List<WordProblem> DrawDistinct(ProblemGenerator generator, int count, HashSet<string> seen)
    {
        var problems = new List<WordProblem>(count);
        while (problems.Count < count)
        {
            var problem = generator.Next();
            if (seen.Add(problem.Text))
            {
                problems.Add(problem);
            }
        }

        return problems;
    }
}
