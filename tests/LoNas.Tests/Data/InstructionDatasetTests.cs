using LoNas.Data;
using LoNas.Runtime;
using LoNas.Tests.Support;

namespace LoNas.Tests.Data;

public sealed class InstructionDatasetTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Load_JsonArray_KeepsOrderAndExtraKeys()
    {
        var records = Load("""
            [ // a comment
              {"instruction": "a", "input": "i", "output": "o", "answer": "5", "source": "mine"},
              {"instruction": "b", "input": null, "output": ""},
            ]
            """);
        Assert.Equal(["a", "b"], records.Select(record => record.Instruction));
        Assert.Equal(("i", "o", "5"), (records[0].Input, records[0].Output, records[0].Answer));
        Assert.Equal("mine", records[0].Source.GetProperty("source").GetString());
        Assert.Equal(("", "", ""), (records[1].Input, records[1].Output, records[1].Answer));
    }

    [Fact]
    public void Load_JsonLines_SkipsBlankLines()
    {
        var records = Load(
            "\n{\"instruction\": \"a\", \"output\": \"x\"}\r\n\n{\"instruction\": \"b\", \"output\": \"y\"}");
        Assert.Equal(["a", "b"], records.Select(record => record.Instruction));
    }

    [Theory]
    [InlineData("\"5.0\"", "5.0")]
    [InlineData("-12.50", "-12.50")]
    [InlineData("true", "true")]
    [InlineData("false", "false")]
    public void Load_AnswerOfAnyKind_IsKeptAsText(string json, string expected)
    {
        var records = Load($$"""[{"instruction": "a", "answer": {{json}}}]""", isTestSet: true);
        Assert.Equal(expected, records[0].Answer);
    }

    [Theory]
    [InlineData("{\"output\": \"o\"}", "record 1: 'instruction' is missing; expected text")]
    [InlineData("{\"instruction\": true, \"output\": \"o\"}", "record 1: 'instruction' is true; expected text")]
    [InlineData("{\"instruction\": \"a\"}", "record 1: 'output' is missing; expected text")]
    [InlineData("{\"instruction\": \"a\", \"output\": null}", "record 1: 'output' is null; expected text")]
    [InlineData(
        "{\"instruction\": \"a\", \"output\": \"o\", \"input\": []}", "record 1: 'input' is an array; expected text")]
    [InlineData("{\"instruction\": \" \", \"output\": \"o\"}", "record 1: 'instruction' is empty")]
    [InlineData("\"text\"", "record 1: is text; expected an object")]
    public void Load_BadRecord_NamesPlaceKeyAndExpectation(string record, string expected)
    {
        var error = Assert.Throws<InvalidDataException>(() => Load($"[{record}]"));
        Assert.Contains(expected, error.Message);
        Assert.Contains(_path, error.Message);
        Assert.Contains("1 bad of 1 records", error.Message);
    }

    [Theory]
    [InlineData("""{"instruction": "a", "output": "o"}""", "'answer' is missing")]
    [InlineData("""{"instruction": "a", "output": "o", "answer": " "}""", "'answer' is empty")]
    [InlineData("""{"instruction": "a", "output": "o", "answer": {}}""", "'answer' is an object")]
    public void Load_TestSetWithoutAnswer_IsAnError(string record, string expected)
    {
        var error = Assert.Throws<InvalidDataException>(() => Load($"[{record}]", true));
        Assert.Contains(expected, error.Message);
    }

    [Fact]
    public void Load_ManyBadRecords_ListsFiveAndCountsAll()
    {
        var bad = string.Join(',', Enumerable.Repeat("{}", 8));
        var error = Assert.Throws<InvalidDataException>(
            () => Load($$"""[{"instruction": "a", "output": "o"}, {{bad}}]"""));
        Assert.Contains("8 bad of 9 records", error.Message);
        Assert.Contains("record 2:", error.Message);
        Assert.Contains("record 6:", error.Message);
        Assert.DoesNotContain("record 7:", error.Message);
        Assert.Contains("and 3 more", error.Message);
    }

    [Fact]
    public void Load_BadLines_NameLineAndRecord()
    {
        var error = Assert.Throws<InvalidDataException>(
            () => Load("{\"instruction\": \"a\", \"output\": \"o\"}\n\n{\"instruction\": \"b\n{\"output\": \"o\"}"));
        Assert.Contains("line 3 (record 2): no whole JSON object", error.Message);
        Assert.Contains("line 4 (record 3): 'instruction' is missing", error.Message);
    }

    [Theory]
    [InlineData("", "is empty (0 bytes)")]
    [InlineData("  \n", "has no records")]
    [InlineData("[]", "has no records")]
    public void Load_Empty_IsAnError(string text, string expected)
    {
        var error = Assert.Throws<InvalidDataException>(() => Load(text));
        Assert.Contains(expected, error.Message);
    }

    [Theory]
    [InlineData("[{\"instruction\": ", "not valid JSON at line 1")]
    [InlineData("12", "expected an array of records")]
    [InlineData("\"text\"", "expected an array of records")]
    public void Load_NoDataset_SaysWhatIsExpected(string text, string expected)
    {
        var error = Assert.Throws<InvalidDataException>(() => Load(text));
        Assert.Contains(expected, error.Message);
        Assert.Contains(_path, error.Message);
    }

    [Fact]
    public void Load_MissingFile_NamesIt()
    {
        var error = Assert.Throws<InvalidDataException>(() => InstructionDataset.Load(_path + ".none"));
        Assert.Contains(_path + ".none", error.Message);
    }

    [Theory]
    [InlineData("datasets/math_8k.json", false, 8369)]
    [InlineData("datasets/mawps/test.json", true, 238)]
    public void Load_RealDataset_ReadsEveryRecord(string path, bool isTestSet, int count) =>
        Assert.Equal(count, InstructionDataset.Load(SharedData.Path(path), isTestSet).Count);

    [Fact]
    public void Split_SomeRecords_KeepsOrderAndLosesNone()
    {
        var records = Numbered(100);
        var (training, validation) = InstructionDataset.Split(records, 30, new SeededRandom(42));
        Assert.Equal((70, 30), (training.Count, validation.Count));
        Assert.Equal(Numbers(training).Order(), Numbers(training));
        Assert.Equal(Numbers(validation).Order(), Numbers(validation));
        Assert.Equal(Enumerable.Range(0, 100), Numbers(training).Concat(Numbers(validation)).Order());
        Assert.NotEqual(Enumerable.Range(0, 30), Numbers(validation));
    }

    [Fact]
    public void Split_SameSeed_GivesTheSameSets()
    {
        var first = InstructionDataset.Split(Numbered(50), 10, new SeededRandom(7));
        var second = InstructionDataset.Split(Numbered(50), 10, new SeededRandom(7));
        var other = InstructionDataset.Split(Numbered(50), 10, new SeededRandom(8));
        Assert.Equal(Numbers(first.Validation), Numbers(second.Validation));
        Assert.NotEqual(Numbers(first.Validation), Numbers(other.Validation));
    }

    [Fact]
    public void Split_Nothing_DrawsNothing()
    {
        var random = new SeededRandom(1);
        var state = random.State;
        var (training, validation) = InstructionDataset.Split(Numbered(3), 0, random);
        Assert.Equal([0, 1, 2], Numbers(training));
        Assert.Empty(validation);
        Assert.Equal(state, random.State);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(-1)]
    public void Split_ImpossibleSize_IsAnArgumentError(int size)
    {
        var error = Assert.Throws<ArgumentException>(
            () => InstructionDataset.Split(Numbered(3), size, new SeededRandom(1)));
        Assert.Contains("expected 0 to 3", error.Message);
    }

    private static List<InstructionRecord> Numbered(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new InstructionRecord { Instruction = $"{i}" })];

    private static IEnumerable<int> Numbers(IEnumerable<InstructionRecord> records) =>
        records.Select(record => int.Parse(record.Instruction));

    private IReadOnlyList<InstructionRecord> Load(string text, bool isTestSet = false)
    {
        File.WriteAllText(_path, text);
        return InstructionDataset.Load(_path, isTestSet);
    }
}
