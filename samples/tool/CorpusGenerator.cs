using System.Text;
using LoNas.Runtime;

namespace LoNas.Samples;

/// <summary>
/// Draws the plain documents of pre-training: number facts, problems solved in formats other than the instruction
/// template, letters with headings and indented blocks, notes. No problem of <paramref name="reserved"/> (the
/// texts of the fine-tuning and held-out sets) ever occurs.
/// </summary>
internal sealed class CorpusGenerator(SeededRandom random, IReadOnlySet<string> reserved)
{
    private readonly ProblemGenerator _problems = new(random);

    /// <summary>One document.</summary>
    public string Next() => random.Next(10) switch
    {
        0 or 1 => Facts(),
        2 or 3 or 4 => Questions(),
        5 or 6 => Stories(),
        7 or 8 => Letter(),
        _ => Notes(),
    };

    private string Facts()
    {
        var separator = _problems.Pick([". ", ", ", "; ", "\n", "\n" + Indent()]);
        var facts = Enumerable.Range(0, _problems.Between(4, 10)).Select(_ =>
        {
            var (x, operation, y) = _problems.NextCalculation();
            return new WordProblem("", "", x, operation, y).Equation;
        });
        return string.Join(separator, facts);
    }

    private string Questions()
    {
        var indent = Indent();
        var format = random.Next(4);
        var text = new StringBuilder();
        for (int number = 1, count = _problems.Between(1, 3); number <= count; number++)
        {
            var problem = NextProblem();
            text.Append(format switch
            {
                0 => $"Q: {problem.Text}\n{indent}A: {problem.Equation}.\n",
                1 => $"{indent}Question: {problem.Text}\n"
                    + $"{indent}Answer: {problem.Equation}, so it is {problem.Answer}.\n\n",
                2 => $"{number}) {problem.Text}\n{indent}{problem.Equation}\n",
                _ => $"{problem.Text} {problem.Equation}.\n\n{indent}",
            });
        }

        return text.ToString().TrimEnd();
    }

    private string Stories()
    {
        var sentences = Enumerable.Range(0, _problems.Between(1, 3)).Select(_ =>
        {
            var problem = NextProblem();
            return _problems.Pick<string>(
            [
                $"{problem.Story} {problem.Question} It is {problem.Equation}.",
                $"{problem.Story} {problem.Question} {problem.Equation}. So the answer is {problem.Answer}.",
                $"{problem.Question} {problem.Story} {problem.Equation}.",
            ]);
        });
        return string.Join(_problems.Pick([" ", "\n", "\n\n"]), sentences);
    }

    private string Letter()
    {
        var (x, _, y) = _problems.NextCalculation();
        var words = _problems.DrawWords(x, y);
        var (request, reply) = _problems.Pick(CorpusTexts.Headings);
        var indent = Indent();
        var text = new StringBuilder();
        foreach (var (heading, bodies) in new[] { (request, CorpusTexts.Requests), (reply, CorpusTexts.Replies) })
        {
            text.Append($"{indent}### {heading}:\n{indent}");
            text.Append(ProblemGenerator.Fill(_problems.Pick(bodies), words)).Append("\n\n");
        }

        var opening = random.Next(2) == 0 ? Sentences(words) + "\n\n" : "";
        return opening + text.ToString().TrimEnd();
    }

    private string Notes()
    {
        var (x, _, y) = _problems.NextCalculation();
        return Indent() + Sentences(_problems.DrawWords(x, y)) + " " + Sentences(_problems.DrawWords(x, y));
    }

    private string Sentences(Dictionary<string, string> words) => string.Join(
        ' ',
        Enumerable.Range(0, _problems.Between(1, 3))
            .Select(_ => ProblemGenerator.Fill(_problems.Pick(CorpusTexts.Notes), words)));

    private WordProblem NextProblem()
    {
        WordProblem problem;
        do
        {
            problem = _problems.Next();
        }
        while (reserved.Contains(problem.Text));
        return problem;
    }

    private string Indent() => new(' ', random.Next(3) == 0 ? 0 : random.Next(33));
}
