using LoNas.Data;
using LoNas.Evaluation;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;

namespace LoNas.Tests.FieldCases;

/// <summary>Records with other keys: the message names those that are there, once, and the likely way out.</summary>
public sealed class ForeignKeysTests
{
    [Theory]
    [InlineData(
        "gsm8k",
        "has question, answer, the keys of GSM8K; rename 'question' to 'instruction' and 'answer' to 'output'")]
    [InlineData("sharegpt", "has conversations, the keys of ShareGPT; write a record for each question")]
    [InlineData("mawps", "has iIndex, sQuestion, lEquations, lSolutions, the keys of mawps; make 'sQuestion' the")]
    public void Train_FieldCase_NamesTheKeysThatAreThere(string file, string message)
    {
        using var sample = new SampleRun();
        var path = SharedData.Path("field-cases", "foreign-keys", $"{file}.json");

        var run = CliRun.Of(sample.Training(("dataset_path", path)));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("'instruction' is missing", run.Error);
        Assert.Contains($"record 1 {message}", run.Error);
        Assert.False(Directory.Exists(sample.Output));
    }

    [Theory]
    [InlineData("""{"messages": [{"role": "user", "content": "a"}]}""", false, "keys of OpenAI's chats")]
    [InlineData(
        """{"prompt": "a", "completion": "b"}""",
        false, "rename 'prompt' to 'instruction' and 'completion' to")]
    [InlineData("""{"instruction": "a", "context": "", "response": "b"}""", false, "rename 'response' to 'output'")]
    [InlineData("""{"query": "a", "response": "b", "type": "MATH_Rephrased"}""", false, "keys of MetaMath")]
    [InlineData(
        """{"problem": "a", "solution": "b", "level": 1}""",
        true, "make the result of 'solution' the 'answer'")]
    [InlineData("""{"Body": "a", "Question": "b", "Answer": 2.0}""", true, "rename 'Answer' to 'answer'")]
    [InlineData(
        """{"question": "a", "options": ["A)1"], "rationale": "b", "correct": "A"}""",
        true, "'correct' to 'answer'")]
    [InlineData("""{"question": "a", "answer": "b\n#### 5"}""", true, "the number behind ####")]
    [InlineData(
        """{"Instruction": "a", "Output": "b"}""",
        false, "rename 'Instruction' to 'instruction' and 'Output' to 'output'")]
    [InlineData("""{"instruction": "a", "output": "b"}""", true, "write what is right as the 'answer'")]
    [InlineData("""{"prompt": "a", "chosen": "b", "rejected": "c"}""", false, "the keys of preferences")]
    [InlineData("""{"text": "a"}""", false, "split 'text' into 'instruction' and 'output'")]
    [InlineData("""{"foo": 1, "bar": 2}""", false, "has foo, bar; rename what is meant to 'instruction' and 'output'")]
    [InlineData("{}", false, "has no keys")]
    public void Load_KnownLayout_SaysTheWayOut(string record, bool isTestSet, string message)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.Path("data.json"), $"[{string.Join(',', Enumerable.Repeat(record, 3000))}]");

        var error = Assert.Throws<InvalidDataException>(
            () => InstructionDataset.Load(folder.Path("data.json"), isTestSet));

        Assert.Contains(message, error.Message);
        Assert.Equal(2, error.Message.Split(" has ").Length - 1); // the summary's and that of the keys
    }

    [Fact]
    public void Load_OwnTask_NamesEveryRecordThatLacksAKeyAndItsKeysOnce()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.Path("test.json"), """
            [{"instruction": "a", "answer": "1", "sort": "x"}, {"instruction": "a", "answer": "1", "kind": 1.50},
             {"instruction": "b", "answer": "1", "sort": "x"}]
            """);
        File.WriteAllText(folder.Path("own.json"), """
            {"data": "test.json", "template": "{instruction} {kind}", "answer": {"pattern": "1"}}
            """);
        var task = TaskFileReader.Read(folder.Path("own.json"));

        var error = Assert.Throws<InvalidDataException>(() => TaskRecords.Load([task], folder.Root, limit: null));

        Assert.Contains("2 bad of 3 records", error.Message);
        Assert.Contains("record 1: no text or number 'kind', which the template has a place for", error.Message);
        Assert.Contains("record 3: no text or number 'kind'", error.Message);
        Assert.EndsWith("record 1 has instruction, answer, sort", error.Message);
    }

    [Fact]
    public void Train_OwnTask_NamesARecordThatLacksAKeyBeforeTheModelIsRead()
    {
        using var sample = new SampleRun();
        var task = Path.Combine(sample.Folder, "own.json");
        File.WriteAllText(task, """{"data": "d", "template": "{instruction} {kind}", "answer": {"pattern": "1"}}""");

        var run = CliRun.Of(
            [.. sample.Training(("model_name_or_path", SampleRun.Model)), $"--task_file={task}"]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("has 48 bad of 48 records", run.Error);
        Assert.Contains("record 1: no text or number 'kind'", run.Error);
        Assert.False(Directory.Exists(sample.Output));
    }
}
