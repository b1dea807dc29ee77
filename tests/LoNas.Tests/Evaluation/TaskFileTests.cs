using LoNas.Data;
using LoNas.Evaluation;
using LoNas.Tests.Support;

namespace LoNas.Tests.Evaluation;

public sealed class TaskFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lonas-task-").FullName;

    [Fact]
    public void Load_EveryField_GivesATask()
    {
        var task = Load(
            """
            {
              // comments are allowed
              "name": "colours",
              "data": "test.json", "train_data": "train/colours.json",
              "template": "Question ({{no}}): {instruction} {kind}\nAnswer:",
              "stop": "\n",
              "answer": {"pattern": "is (\\w+)", "match": "last", "ignore_case": true},
              "metric": "exact",
              "max_new_tokens": 7,
            }
            """);

        Assert.Equal(("colours", 7), (task.Name, task.MaxNewTokens));
        Assert.Equal(Path.Combine(_folder, "test.json"), task.DataPath("elsewhere"));
        Assert.Equal(Path.Combine(_folder, "train/colours.json"), task.File!.TrainPath);
        var record = Read("""[{"instruction": "The sky?", "kind": 3, "answer": "Blue"}]""").Single();
        Assert.Equal("Question ({no}): The sky? 3\nAnswer:", task.Prompt(record));
        Assert.Equal("it IS red, is blue", task.Template!.Response("<s>ask: it IS red, is blue\nmore", "<s>ask:"));
        var judged = task.Judge(record, "it IS red, is blue", newTokens: 5);
        Assert.Equal(("blue", true, 5), (judged.Prediction.Choice, judged.IsRight, judged.NewTokens));
    }

    [Fact]
    public void Load_DataAndPatternAlone_TakesTheMathTemplateAndTheFirstMatch()
    {
        var task = Load("""{"data": "/data/test.json", "answer": {"pattern": "yes|no"}}""", "mine.json");

        Assert.Equal(("mine", 256, 28), (task.Name, task.MaxNewTokens, task.TemplateIndent));
        Assert.Equal("/data/test.json", task.DataPath(""));
        Assert.Null(task.File!.TrainPath);
        var record = new InstructionRecord { Instruction = "i", Answer = "no" };
        Assert.Equal(EvaluationTask.Math[0].Prompt(record), task.Prompt(record));
        Assert.True(task.Judge(record, "no, yes", 1).IsRight);
        Assert.False(task.Judge(record, "No", 1).IsRight);
    }

    [Fact]
    public void Response_OwnTask_DoesNotHoldTheEndToken()
    {
        var tokenizer = LoNas.Text.TextTokenizer.Load(SampleRun.Model);
        var task = Load("""
            {"data": "d", "template": "{instruction}", "answer": {"pattern": "[a-z]+", "match": "last"}}
            """);
        int[] prompt = tokenizer.Encode("How many");
        int[] ids = [.. tokenizer.Encode("How many apples"), tokenizer.EosId];

        var response = task.Response(tokenizer, ids, prompt.Length);

        Assert.Equal("apples", response);
        Assert.Contains("</s>", EvaluationTask.Math[0].Response(
            tokenizer, [.. tokenizer.Encode("### Response:\n 7"), tokenizer.EosId], 3), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_CommonsenseTemplate_TakesItsIndentAndLength()
    {
        var task = Load("""{"data": "d", "template": "commonsense", "answer": {"pattern": "a"}}""");

        Assert.Equal((24, 32), (task.TemplateIndent, task.MaxNewTokens));
    }

    [Theory]
    [InlineData("first", 0.001, "10 then 20", "10", true)]
    [InlineData("last", 0.001, "10 then 1,234.5", "1234.5", true)]
    [InlineData("last", 0.001, "10 then 20", "10", false)]
    [InlineData("last", 2, "19", "20.5", true)]
    [InlineData("last", 0, "none", "20", false)]
    public void Load_NumberMetric_ComparesWithinTheTolerance(
        string match, double tolerance, string response, string answer, bool expected)
    {
        var task = Load(string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $$"""
            {
              "data": "d",
              "answer": {"pattern": "[0-9.]+", "match": "{{match}}"},
              "metric": "number",
              "tolerance": {{tolerance}}
            }
            """));

        var record = new InstructionRecord { Instruction = "i", Answer = answer };
        Assert.Equal(expected, task.Judge(record, response, 1).IsRight);
    }

    [Fact]
    public void Load_WrongFields_NamesAllOfThemWithTheirLines()
    {
        var error = Assert.Throws<InvalidDataException>(() => Load(
            """
            {
              "name": "a/b",
              "template": "no place",
              "answer": {
                "pattern": "(",
                "match": "second",
                "flags": "i"
              },
              "metric": "f1",
              "max_new_tokens": 0,
              "tolerance": "small",
              "limits": 3
            }
            """));

        Assert.Contains("has 10 problems", error.Message);
        foreach (var part in new[]
        {
            "line 12: 'limits' is unknown",
            "line 7: 'answer.flags' is unknown; known are pattern, match, ignore_case",
            "line 2: 'name' is 'a/b'",
            "'data' is missing",
            "line 10: 'max_new_tokens' is 0",
            "line 6: 'answer.match' is 'second'",
            "line 9: 'metric' is 'f1'; expected exact or number",
            "line 11: 'tolerance' is \"small\"; expected a number",
            "line 5: 'answer.pattern' is no regular expression",
            "line 3: 'template' has no place",
        })
        {
            Assert.Contains(part, error.Message);
        }
    }

    [Theory]
    [InlineData("{\"data\": \"d\",\n \"answer\": oops}", "line 2")]
    [InlineData("[]", "expected an object")]
    [InlineData("{\"data\": \"d\", \"answer\": 3}", "'answer.pattern' is missing")]
    [InlineData("{\"data\": 5, \"answer\": {\"pattern\": \"\"}}", "'data' is 5; expected a text that is not empty")]
    public void Load_NoTask_SaysWhere(string json, string message) =>
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => Load(json)).Message);

    [Fact]
    public void Prompt_RecordWithoutAKey_IsNamed()
    {
        var task = Load("""{"data": "d", "template": "{instruction} {kind}", "answer": {"pattern": "a"}}""");
        var record = Read("""[{"instruction": "The sky?", "answer": "blue"}]""").Single();

        var error = Assert.Throws<InvalidDataException>(() => task.Prompt(record));
        Assert.Contains("'The sky?' has no text or number 'kind'", error.Message);
    }

    [Fact]
    public void Load_Sample_JudgesItsOwnOutputsRight()
    {
        var task = TaskFileReader.Read(Path.Combine(Repository.Root, "samples", "word_problems.json"));

        var records = InstructionDataset.Load(task.DataPath(""), isTestSet: true);
        Assert.True(records.Count > 0 && File.Exists(task.File!.TrainPath));
        Assert.All(records, record => Assert.True(task.Judge(record, record.Output, newTokens: 0).IsRight));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private EvaluationTask Load(string json, string name = "task.json")
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, json);
        return TaskFileReader.Read(path);
    }

    private IReadOnlyList<InstructionRecord> Read(string json)
    {
        var path = Path.Combine(_folder, "records.json");
        File.WriteAllText(path, json);
        return InstructionDataset.Load(path, isTestSet: true);
    }
}
