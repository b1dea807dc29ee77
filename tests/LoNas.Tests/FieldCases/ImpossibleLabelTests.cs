using System.Diagnostics;
using System.Text.Json;
using LoNas.Data;
using LoNas.Evaluation;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;

namespace LoNas.Tests.FieldCases;

/// <summary>Answers that no response can equal are refused when a set is read, by record and with the rule.</summary>
public sealed class ImpossibleLabelTests
{
    [Theory]
    [InlineData(
        "gsm8k_official", "gsm8k",
        @"'answer' is '25 - 19 = <<25-19=6>>6\n#### 6'; this set's rule needs a number")]
    [InlineData("unit", "mawps", "'answer' is '6 toys'; this set's rule needs a number")]
    [InlineData("dollar", "mawps", "'answer' is '$6'; this set's rule needs a number")]
    [InlineData("aqua_paren", "AQuA", "'answer' is '(A)', which is none of A, B, C, D, E, so no response can be right")]
    public void Evaluate_FieldCase_IsRefusedByRecord(string folder, string set, string message)
    {
        var (output, run) = Evaluate(SharedData.Path("field-cases", "impossible-labels", folder), set);

        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains($"record 1: {message}", run.Error);
        Assert.False(Directory.Exists(output));
    }

    [Fact]
    public void Evaluate_FullWidthDigit_IsJudged()
    {
        var (_, run) = Evaluate(SharedData.Path("field-cases", "impossible-labels", "fullwidth"), "mawps");

        Assert.Equal(0, run.ExitCode);
        Assert.True(AnswerRules.LastNumber.IsRight(AnswerRules.LastNumber.Extract("25 - 19 = 6."), "６"));
    }

    // What Python's float() says of each, and for words, what its regular expression finds.
    [Theory]
    [InlineData("mawps", "\"6%\"")]
    [InlineData("mawps", "\"#### 6\"")]
    [InlineData("gsm8k", "\"1/2\"")]
    [InlineData("gsm8k", "\"1,5\"")]
    [InlineData("gsm8k", "\"1 000\"")]
    [InlineData("gsm8k", "\"0x10\"")]
    [InlineData("gsm8k", "\"inf\"")]
    [InlineData("gsm8k", "\"-Infinity\"")]
    [InlineData("gsm8k", "\"nan\"")]
    [InlineData("SVAMP", "\"1e400\"")]
    [InlineData("SVAMP", "1e400")]
    [InlineData("SVAMP", "NaN")]
    [InlineData("SVAMP", "\"1__0\"")]
    [InlineData("SVAMP", "\"6_\"")]
    [InlineData("SVAMP", "\"\u22125\"")]
    [InlineData("SVAMP", "\"\u00bd\"")]
    [InlineData("SVAMP", "\"\u00b2\"")]
    [InlineData("SVAMP", "\"\uff11\uff0e\uff15\"")]
    [InlineData("SVAMP", "true")]
    [InlineData("AQuA", "\"a\"")]
    [InlineData("AQuA", "\" B\"")]
    [InlineData("AQuA", "\"F\"")]
    [InlineData("AQuA", "\"A)\"")]
    [InlineData("AQuA", "1")]
    [InlineData("boolq", "\"True\"")]
    [InlineData("boolq", "\"yes\"")]
    [InlineData("piqa", "\"solution3\"")]
    [InlineData("piqa", "1")]
    [InlineData("winogrande", "\"Option2\"")]
    [InlineData("hellaswag", "\"3\"")]
    [InlineData("ARC-Easy", "\"answer6\"")]
    [InlineData("openbookqa", "\"answer12\"")]
    public void Load_AnswerThatCannotBe_IsRefused(string set, string answer)
    {
        var error = Assert.Throws<InvalidDataException>(() => Load(Task(set), "1", answer, "2"));

        Assert.Contains("record 2: 'answer' is ", error.Message);
    }

    [Theory]
    [InlineData("mawps", "6", "6")]
    [InlineData("mawps", "6", "\"\uff16\"")]
    [InlineData("mawps", "34.", "\"\u0663\u0664\"")]
    [InlineData("mawps", "12", "\"\u0967_\u0968\"")]
    [InlineData("mawps", "6", "\"\ud835\udfd4\"")]
    [InlineData("mawps", "\ud835\udfd3\ud835\udfd4", "56")]
    [InlineData("mawps", "6", "\"\\u001c\uff16\\u001f\"")]
    [InlineData("mawps", "6", "\"\\u001c6\\u001f\"")]
    [InlineData("mawps", "6", "\" 6\\u3000\"")]
    [InlineData("mawps", "1000", "\"1_000\"")]
    [InlineData("mawps", "1,000", "\"1e3\"")]
    [InlineData("mawps", "10000000000", "\"1e1_0\"")]
    [InlineData("mawps", "0.5", "\".5\"")]
    [InlineData("mawps", "1234", "\"1,234\"")]
    [InlineData("gsm8k", "-1234567.5", "\"-1,234,567.5\"")]
    [InlineData("AQuA", "(C).", "\"C\"")]
    [InlineData("boolq", "true", "true")]
    [InlineData("boolq", "false", "\"false\"")]
    [InlineData("ARC-Challenge", "answer5", "\"answer5\"")]
    public void Load_AnswerThatCanBe_IsRightWhereItIsGiven(string set, string response, string answer)
    {
        var task = Task(set);

        var record = Load(task, answer).Single();

        Assert.True(task.Judge(record, response, newTokens: 1).IsRight);
    }

    [Theory]
    [InlineData("red|green", "\"Red\"")]
    [InlineData("answer is ([A-D])", "\"E\"")]
    [InlineData(@"\b(\d+)\b", "\"-5\"")]
    [InlineData("^(yes|no)$", "\"maybe\"")]
    [InlineData("[a-z]+", "\" red\"")]
    [InlineData(@"answer: (?:the )?(\w+)", "\"two words\"")]
    [InlineData(@"\(([A-E])\)", "\"(A)\"")]
    [InlineData("red|green", "\"blue\"", true)]
    [InlineData(@"(\d+)", "\"6 toys\"", false, "number")]
    [InlineData(@"(\d+)", "\"1,5\"", false, "number")]
    [InlineData(@"\d+", "\"-5\"", false, "number")]
    [InlineData(@"\d+", "\"2.5\"", false, "number")]
    [InlineData(@"answer is (\d)", "\"12\"", false, "number")]
    [InlineData("red|blue", "\"6\"", false, "number")]
    [InlineData(@"\d{1,3}(?:,\d{3})+", "\"1,234\"", false, "number")] // commas are dropped from responses
    [InlineData(@"\d+", "6.002", false, "number")]
    [InlineData(@"\d\.\d", "0.25", false, "number")]
    [InlineData(@"-\d+", "5", false, "number")]
    [InlineData(@"[1-9]\d*", "0", false, "number")]
    [InlineData(@"0\.\d+", "75", false, "number")]
    public void Load_OwnTask_AnswerThatItsPatternNeverFinds_IsRefused(
        string pattern, string answer, bool ignoreCase = false, string metric = "exact")
    {
        using var folder = new TemporaryFolder();
        var task = Own(folder, pattern, ignoreCase, metric);

        var error = Assert.Throws<InvalidDataException>(() => Load(task, answer));

        Assert.Contains("so no response can be right", error.Message);
    }

    [Theory]
    [InlineData("red|green", "\"Red\"", true)]
    [InlineData(@"(?<=is )\w+", "\"anything else\"")] // what depends on its surroundings is not judged
    [InlineData(@"\b[A-D]\b", "\"C\"")]
    [InlineData(@"(\w)\1", "\"q\"")]
    [InlineData(@"answer: ([\w )(]+)\.", "\"two (words)\"")]
    [InlineData(@"\((a|(b))\)", "\"b\"")]
    public void Load_OwnTask_AnswerThatMayBe_IsRead(string pattern, string answer, bool ignoreCase = false)
    {
        using var folder = new TemporaryFolder();

        Assert.Single(Load(Own(folder, pattern, ignoreCase, "exact"), answer));
    }

    [Theory]
    [InlineData(@"\d+", "6", "6.0")]
    [InlineData(@"\d+\.\d", "6.0", "6")]
    [InlineData(@"\d+\.\d\d", "6.50", "6.5")]
    [InlineData(@"\+\d", "+6", "6")]
    [InlineData(@"\b\d{4}\b", "0006", "6")]
    [InlineData(@"\d+", "1,234", "\"1,234\"")]
    [InlineData(@"\d+", "3", "2.9995")]
    [InlineData(@"-?\.\d+", "-.5", "-0.5")]
    [InlineData(@"\d+\.", "34.", "34")]
    [InlineData(@"\de\+\d\d", "6e+02", "600")]
    [InlineData(@"is(\s\d+)", "is 6", "6")]
    [InlineData(@"[\u0660-\u0669]+", "\u0666", "6")]
    [InlineData(@"\d+", "1000", "\"1_000\"")]
    [InlineData(@"(?<=is )\w+", "is 6", "6")]
    [InlineData(@"(-?\d+(?:\.\d+)?)%", "2.5%", "2.5")]
    public void Load_OwnTask_NumberInAnotherSpelling_IsReadAndRight(string pattern, string response, string answer)
    {
        using var folder = new TemporaryFolder();
        var task = Own(folder, pattern, ignoreCase: false, "number");

        Assert.True(task.Judge(Load(task, answer).Single(), response, newTokens: 1).IsRight);
    }

    [Theory]
    [InlineData("exact")]
    [InlineData("number")]
    public void Load_OwnTask_PatternOfNestedRepetitions_IsJudgedInTime(string metric)
    {
        using var folder = new TemporaryFolder();
        var task = Own(folder, metric == "exact" ? "(?:a|b|ab)+[cx]" : @"(?:\d|\d\d)+[cx]", ignoreCase: false, metric);
        var answer = metric == "exact" ? string.Concat(Enumerable.Repeat("ab", 30)) + "d" : new string('1', 61);
        var clock = Stopwatch.StartNew();

        var error = Assert.Throws<InvalidDataException>(
            () => Load(task, [.. Enumerable.Repeat($"\"{answer}\"", 30)]));

        Assert.Contains("30 bad of 30 records", error.Message);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 10); // a backtracking match takes longer for the first one
    }

    // float() reads neither "1,234" nor "6 toys", so the reference takes the rule of letters, which none equals.
    [Theory]
    [InlineData("run-math", "1,234", "'answer' is '1,234', which is none of A, B, C, D, E")]
    [InlineData("run-math", "6 toys", "'answer' is '6 toys', which is none of A, B, C, D, E")]
    [InlineData("run-math", "inf", "'answer' is 'inf'; this set's rule needs a number")]
    [InlineData("run-commonsense", "answer6", "'answer' is 'answer6', which is none of answer1, ")]
    [InlineData("run-commonsense", "A", "expected true, false, or a solution, answer, ending or option")]
    public void Search_ValidationRecordThatCannotBeRight_IsRefusedByRecord(
        string command, string answer, string message)
    {
        using var sample = new SampleRun();
        var records = Enumerable.Repeat(new { instruction = "a", output = "b", answer }, 8);
        File.WriteAllText(sample.Dataset, JsonSerializer.Serialize(records));
        string[] line = [command, .. sample.Training(("do_search", "True"), ("val_set_size", "4"))[1..]];

        var run = CliRun.Of(line);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains($"4 of 4 validation records of '{sample.Dataset}' can't be judged by accuracy", run.Error);
        Assert.Contains(message, run.Error);
        Assert.Contains("(--search_metric)", run.Error);
        Assert.False(File.Exists(Path.Combine(sample.Output, "adapter_config.json")));
        Assert.Equal(0, CliRun.Of([.. line, "--search_metric=loss", "--dry_run=True"]).ExitCode);
    }

    [Theory]
    [InlineData("Math")]
    [InlineData("Commonsense")]
    public void Load_RealSets_AreAllRead(string suite)
    {
        var tasks = suite == "Math" ? EvaluationTask.Math : EvaluationTask.Commonsense;

        var sets = TaskRecords.Load(tasks, SharedData.Path("datasets"), limit: null);

        Assert.All(sets, set => Assert.NotEmpty(set.Records));
    }

    private static EvaluationTask Task(string name) => EvaluationTask.All.Single(task => task.Name == name);

    private static EvaluationTask Own(TemporaryFolder folder, string pattern, bool ignoreCase, string metric)
    {
        var path = folder.Path("own.json");
        var answer = new { pattern, ignore_case = ignoreCase };
        File.WriteAllText(path, JsonSerializer.Serialize(
            new { data = folder.Path("test.json"), template = "{instruction}", answer, metric }));
        return TaskFileReader.Read(path);
    }

    private static IReadOnlyList<InstructionRecord> Load(EvaluationTask task, params string[] answers)
    {
        using var folder = new TemporaryFolder();
        var path = task.DataPath(folder.Root);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var records = answers.Select(answer => $$"""{"instruction": "q", "answer": {{answer}}}""");
        File.WriteAllText(path, $"[{string.Join(',', records)}]");
        return TaskRecords.Load([task], folder.Root, limit: null).Single().Records;
    }

    private static (string Output, CliRun Run) Evaluate(string sets, string set)
    {
        using var folder = new TemporaryFolder();
        var output = folder.Path("out");
        return (output, CliRun.Of(
            "evaluate", "--model_name_or_path", SampleRun.Model, "--tasks", set, "--datasets_dir", sets,
            "--max_new_tokens", "2", "--num_beams", "1", "--threads", "1", "--device", "cpu", "--output_dir", output));
    }
}
