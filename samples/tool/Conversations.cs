using System.Text.Encodings.Web;
using System.Text.Json;
using LoNas.Runtime;
using LoNas.Storage;

namespace LoNas.Samples;

/// <summary>Short conversations about word problems, for <c>lonas train</c>.</summary>
internal static class Conversations
{
    /// <summary>How many there are.</summary>
    public const int Count = 50;

    private static readonly JsonSerializerOptions Plain =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes them, one a line; none of their problems is reserved.</summary>
    public static void Write(string path, long seed, IReadOnlySet<string> reserved)
    {
        var generator = new ProblemGenerator(new SeededRandom(seed));
        var lines = new List<string>();
        while (lines.Count < Count)
        {
            var problem = generator.Next();
            if (!reserved.Contains(problem.Text))
            {
                lines.Add(JsonSerializer.Serialize(
                    new { messages = Messages(problem, generator, lines.Count) }, Plain));
            }
        }

        AtomicFile.WriteText(path, string.Join('\n', lines) + "\n");
    }

    /// <summary>Every fifth has a system message, and every other one goes on.</summary>
    private static List<object> Messages(WordProblem problem, ProblemGenerator generator, int number)
    {
        var messages = new List<object>();
        if (number % 5 == 0)
        {
            messages.Add(Of("system", "You solve word problems and show the calculation."));
        }

        messages.Add(Of("user", problem.Text));
        messages.Add(Of("assistant", problem.WorkedAnswer));
        if (number % 2 == 1)
        {
            int more = generator.Between(2, 9);
            int sum = problem.Answer + more;
            messages.Add(Of("user", $"And {more} more?"));
            messages.Add(Of("assistant", $"{problem.Answer} + {more} = {sum}. The answer is {sum}."));
        }

        return messages;
    }

    private static object Of(string role, string content) => new { role, content };
}
