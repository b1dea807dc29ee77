using System.Text.Json;
using LoNas.Data;
using LoNas.Storage;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;

namespace LoNas.Tests.FieldCases;

/// <summary>JSON as people's programs write it: one object, NaN, numbers in place of text.</summary>
public sealed class JsonLayoutTests
{
    private const string One = """{"instruction": "a", "output": "x", "answer": "1"}""";
    private const string Two = """{"instruction": "b", "output": "y", "answer": "2"}""";

    [Theory]
    [InlineData("json-object-layouts", "data.json", 1)]
    [InlineData("json-object-layouts", "pretty.json", 2)]
    [InlineData("json-object-layouts", "single.json", 1)]
    [InlineData("python-nan", "train.json", 1)]
    [InlineData("numbers-as-text", "train.json", 1)]
    public void Train_FieldCase_IsRead(string folder, string file, int records)
    {
        using var sample = new SampleRun();
        var path = SharedData.Path("field-cases", folder, file);

        var run = CliRun.Of(sample.Training(
            ("dataset_path", path), ("nncf_config", null), ("max_steps", "1"), ("save_strategy", "no")));

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(records, sample.Json("train_results.json").GetProperty("train_samples").GetInt32());
    }

    [Fact]
    public void Train_NumberAsText_LearnsWhatTheTextTeaches()
    {
        using var sample = new SampleRun();
        byte[] Trained(string output)
        {
            File.WriteAllText(sample.Dataset, $$"""[{"instruction": "2+3?", "input": "", "output": {{output}}}]""");
            Assert.Equal(0, CliRun.Of(sample.Training(
                ("nncf_config", null), ("max_steps", "1"), ("save_strategy", "no"), ("overwrite_output_dir", "True")))
                .ExitCode);
            return sample.AdapterBytes();
        }

        Assert.Equal(Trained("\"5\""), Trained("5"));
        Assert.NotEqual(Trained("\"5\""), Trained("5.0"));
    }

    [Theory]
    [InlineData($"[{One}, {Two}]")]
    [InlineData($"{One}\n{Two}\n")]
    [InlineData($"  {One}\r\n\r\n{Two}  ")]
    [InlineData($"{One}{Two}")]
    [InlineData($"{One} {Two}\n")]
    [InlineData($"{One}\r{Two}\r")]
    [InlineData("""{"data": [ONE, TWO]}""")]
    [InlineData("""{"version": 1, "tags": ["x"], "meta": {"a": 1}, "examples": [ONE, TWO]}""")]
    [InlineData("""{"schema": {"fields": [{"name": "instruction"}]}, "data": [ONE, TWO]}""")]
    [InlineData("""{"instruction": ["a", "b"], "output": ["x", "y"], "answer": [1, "2"]}""")]
    [InlineData("""
        {"instruction": {"0": "a", "1": "b"}, "output": {"0": "x", "1": "y"}, "answer": {"0": 1, "1": 2}}
        """)]
    [InlineData("""{"0": ONE, "1": TWO}""")]
    [InlineData("{\n \"instruction\": \"a\",\n \"output\": \"x\", \"answer\": 1\n}\n{\n \"instruction\": \"b\",\n"
        + " \"output\": \"y\", \"answer\": 2\n}")]
    [InlineData("// a comment\n[ONE,\n TWO,]")]
    [InlineData("""{"score": NaN, "data": [ONE, TWO]}""")]
    [InlineData("""{"instruction": ["a", "b"], "output": ["x", "y"], "answer": [1, 2], "score": [NaN, -Infinity]}""")]
    public void Load_Layout_GivesTheSameRecordsToTrainAndToTest(string text)
    {
        text = text.Replace("ONE", One, StringComparison.Ordinal).Replace("TWO", Two, StringComparison.Ordinal);
        foreach (bool isTestSet in new[] { false, true })
        {
            Assert.Equal(
                [("a", "x", "1", 1), ("b", "y", "2", 2)],
                Load(text, isTestSet).Select(record =>
                    (record.Instruction, record.Output, record.Answer, record.Number)));
        }
    }

    [Theory]
    [InlineData("""{"train": [ONE], "test": [TWO]}""", "one JSON object with the keys train, test; expected an array")]
    [InlineData("""{"columns": ["instruction"], "data": [["a"]]}""", "one JSON object with the keys columns, data;")]
    [InlineData(
        """{"version": 1, "instruction": ["a"], "output": ["b"]}""",
        "with the keys version, instruction, output")]
    [InlineData(
        """{"instruction": ["a", "b"], "output": ["x"]}""",
        "do not belong together (values of each: instruction 2")]
    [InlineData("""{"instruction": {"0": "a"}, "output": {"1": "x"}}""", "expected as many in each, of the same index")]
    [InlineData("""{"question": ["a"], "answer": ["b"]}""", "one JSON object with the keys question, answer")]
    [InlineData("{\n \"data\": [\n  {\"instruction\": \"a\" \"output\": \"x\"}]}", "not valid JSON at line 3, byte 23")]
    [InlineData(
        "{\n \"instruction\": \"a\",\n \"output\": \"x\"\n}\n{\n \"instruction\": ",
        "line 5 (record 2): no whole")]
    [InlineData("""{"instruction": [], "output": []}""", "has no records")]
    [InlineData("""{"data": []}""", "has no records")]
    [InlineData("{}", "is one JSON object with no keys; expected an array of records")]
    [InlineData("ONE TWO\n{\"instruction\": \"broken\n", "line 2 (record 3): no whole JSON object")]
    [InlineData("ONE,\nTWO,\n", "line 1 (record 1): a comma behind the object; expected one record on each line")]
    [InlineData("[ONE, {\"instr", "it ends in the middle of a value; it is cut off")]
    [InlineData("[ONE", "it ends in the middle of a value; it is cut off")]
    [InlineData("instruction,output\na,b\n", "looks like CSV: it begins with 'instruction,output'; expected an array")]
    [InlineData("Question: 2+3", "is no JSON: it begins with 'Question: 2+3'; expected an array of records")]
    [InlineData("PAR1\u0015\u0004", "is a Parquet file; write its records as JSON")]
    [InlineData("[ONE,\n{\"instruction\": \"\\ud83d\"}]", "is no text, \\ud83d, half of a surrogate pair, in line 2")]
    [InlineData("[{\"a\": \"\\\\ud83d \\ud83d\\ude00 \\ude00\"}]", "is no text, \\ude00, half of a surrogate pair")]
    [InlineData("ONE\n{\"instruction\": \"\\ud83d\"}\n", "line 2 (record 2): an escape that is no text, half of")]
    public void Load_ObjectThatIsUnclear_SaysWhatItHas(string text, string message) => Assert.Contains(
        message,
        Error(text.Replace("ONE", One, StringComparison.Ordinal).Replace("TWO", Two, StringComparison.Ordinal)));

    [Theory]
    [InlineData("\"answer\": NaN", false)]
    [InlineData("\"answer\": [\"6\"]", false)]
    [InlineData("\"answer\": {}", false)]
    [InlineData("\"answer\": \"\", \"input\": NaN", false)]
    [InlineData("\"output\": NaN, \"answer\": 6", true)]
    [InlineData("\"output\": [true], \"answer\": 6, \"input\": NaN", true)]
    [InlineData("\"output\": null, \"answer\": 6, \"input\": null", true)]
    public void Load_KeyThatIsNotNeeded_MayHoldAnything(string keys, bool isTestSet)
    {
        var text = $$"""[{"instruction": "a", {{keys}}{{(isTestSet ? "" : ", \"output\": \"b\"")}}}]""";

        var record = Load(text, isTestSet).Single();

        Assert.Equal(
            ("", isTestSet ? "" : "b", isTestSet ? "6" : ""), (record.Input, record.Output, record.Answer));
    }

    [Theory]
    [InlineData("NaN", ": 'answer' is NaN; expected text, a number, true or false")]
    [InlineData("[\"6\"]", ": 'answer' is [\"6\"]; expected text, a number, true or false")]
    public void Search_AnswerThatIsNone_IsRefusedWhereItIsNeeded(string answer, string message)
    {
        using var sample = new SampleRun();
        var record = $$"""{"instruction": "a", "output": "b", "answer": {{answer}}}""";
        File.WriteAllText(sample.Dataset, $"[{string.Join(',', Enumerable.Repeat(record, 8))}]");

        var run = CliRun.Of(sample.Training(("do_search", "True"), ("val_set_size", "4")));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(message, run.Error);
    }

    [Theory]
    [InlineData(100, "")]
    [InlineData(390, "")]
    [InlineData(401, "more than 400 lists and objects lie in each other there; expected fewer")]
    public void Evaluate_DeepKeyThatIsNotUsed_IsReadAndCopied(int depth, string message)
    {
        using var sample = new SampleRun();
        var deep = new string('[', depth) + new string(']', depth);
        File.WriteAllText(
            Path.Combine(sample.Datasets, "mawps", "test.json"),
            $$"""[{"instruction": "a", "answer": 1, "deep": {{deep}}}]""");

        var run = CliRun.Of(
            "evaluate", "--model_name_or_path", SampleRun.Model, "--tasks", "mawps", "--datasets_dir", sample.Datasets,
            "--max_new_tokens", "1", "--num_beams", "1", "--device", "cpu", "--output_dir", sample.Output);

        Assert.Equal(message.Length > 0 ? 2 : 0, run.ExitCode);
        Assert.Contains(message, run.Error);
    }

    // What Python's json and an f-string make of each.
    [Theory]
    [InlineData("5", "5")]
    [InlineData("-0", "0")]
    [InlineData("12345678901234567890", "12345678901234567890")]
    [InlineData("5.0", "5.0")]
    [InlineData("1.10", "1.1")]
    [InlineData("-0.0", "-0.0")]
    [InlineData("1E5", "100000.0")]
    [InlineData("1e15", "1000000000000000.0")]
    [InlineData("1e16", "1e+16")]
    [InlineData("123456789012345680.0", "1.2345678901234568e+17")]
    [InlineData("0.0001", "0.0001")]
    [InlineData("0.00001", "1e-05")]
    [InlineData("1e-7", "1e-07")]
    [InlineData("5e-324", "5e-324")]
    [InlineData("1.7976931348623157e308", "1.7976931348623157e+308")]
    [InlineData("9007199254740993.0", "9007199254740992.0")]
    [InlineData("1234567.125", "1234567.125")]
    public void Load_NumberAsText_IsWrittenAsPythonDoes(string json, string expected)
    {
        var record = Load($$"""[{"instruction": {{json}}, "input": {{json}}, "output": {{json}}}]""").Single();

        Assert.Equal((expected, expected, expected), (record.Instruction, record.Input, record.Output));
    }

    [Theory]
    [InlineData("NaN", "'output' is the number NaN; expected text")]
    [InlineData("Infinity", "'output' is the number Infinity; expected text")]
    [InlineData("-Infinity", "'output' is the number -Infinity; expected text")]
    [InlineData("1e400", "'output' is the number 1e400; expected text")]
    [InlineData("true", "'output' is true; expected text")]
    [InlineData("null", "'output' is null; expected text")]
    [InlineData("-NaN", "not valid JSON at line 1")]
    [InlineData("nan", "not valid JSON at line 1")]
    [InlineData("1NaN", "not valid JSON at line 1")]
    [InlineData("NaN1", "not valid JSON at line 1")]
    public void Load_ValueThatIsNoText_IsRefused(string json, string message) =>
        Assert.Contains(message, Error($$"""[{"instruction": "a", "output": {{json}}}]"""));

    [Theory]
    [InlineData("NaN", "'answer' is the number NaN")]
    [InlineData("Infinity", "'answer' is the number Infinity")]
    public void Load_AnswerThatIsNoNumber_IsRefused(string json, string message) =>
        Assert.Contains(message, Error($$"""[{"instruction": "a", "answer": {{json}}}]""", isTestSet: true));

    [Theory]
    [InlineData("[NaN, Infinity ,-Infinity]", "[NaN,Infinity,-Infinity]")]
    [InlineData("{\"a\":NaN,\"NaN\":\"NaN, Infinity \\\" NaN\"}", "{\"a\":NaN,\"NaN\":\"NaN, Infinity \\\" NaN\"}")]
    [InlineData("// NaN \" it\n[/* \" NaN */NaN]", "[NaN]")]
    [InlineData("NaN", "NaN")]
    [InlineData("{\"a\\\\\":NaN}", "{\"a\\\\\":NaN}")]
    public void Parse_PythonsWords_AreNumbersThatAreNotFinite(string json, string expected)
    {
        var root = JsonInput.Parse(json, "test");

        Assert.Equal(
            JsonSerializer.Serialize(
                JsonDocument.Parse(Quoted(expected)).RootElement.ToNode(), JsonOutput.Line),
            JsonSerializer.Serialize(root.ToNode(), JsonOutput.Line));
    }

    // Values outside of texts: a result file writes them as texts, since JSON has no such numbers.
    private static string Quoted(string json) => json
        .Replace("[NaN", "[\"NaN\"", StringComparison.Ordinal).Replace(":NaN", ":\"NaN\"", StringComparison.Ordinal)
        .Replace(",Infinity,", ",\"Infinity\",", StringComparison.Ordinal)
        .Replace(",-Infinity]", ",\"-Infinity\"]", StringComparison.Ordinal) is var quoted && quoted == "NaN"
            ? "\"NaN\"" : quoted;

    [Fact]
    public void Parse_ErrorBehindNaN_CountsTheBytesOfTheFile()
    {
        var error = Assert.Throws<InvalidDataException>(
            () => JsonInput.Parse("{\n\"a\": NaN, \"b\": [NaN, x]}", "test"));

        Assert.Contains("at line 2, byte 22", error.Message);
    }

    [Theory]
    [InlineData("\"note\": NaN", 0, "")]
    [InlineData("\"max_position_embeddings_note\": [Infinity]", 0, "")]
    [InlineData("\"rms_norm_eps\": NaN", 2, "rms_norm_eps is NaN; expected a number")]
    [InlineData("\"rope_theta\": Infinity", 2, "rope_theta is Infinity; expected a number")]
    [InlineData("\"max_position_embeddings\": NaN", 2, "max_position_embeddings is NaN; expected a positive integer")]
    public void Inspect_ConfigOfPython_IsReadWhereItIsNotUsed(string entry, int code, string message)
    {
        using var sample = new SampleRun();
        var model = SampleRun.CopyOfModel(Path.Combine(sample.Folder, "model"));
        var path = Path.Combine(model, "config.json");
        var config = JsonInput.Load(path, "test").ToNode()!.AsObject();
        config.Remove(entry.Split('"')[1]);
        File.WriteAllText(path, $"{{{entry}, {config.ToJsonString()[1..]}");

        var run = CliRun.Of("inspect", "--model_name_or_path", model);

        Assert.Equal(code, run.ExitCode);
        Assert.Contains(message, run.Error);
    }

    [Fact]
    public void Run_OptionsFileWithNaN_IsRefused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.Path("o.json"), "{\"learning_rate\": NaN, \"output_dir\": \"x\"}");

        var run = CliRun.Of("run-math", folder.Path("o.json"));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("is NaN; expected a number such as", run.Error);
    }

    private static string Error(string text, bool isTestSet = false) =>
        Assert.Throws<InvalidDataException>(() => Load(text, isTestSet)).Message;

    private static IReadOnlyList<InstructionRecord> Load(string text, bool isTestSet = false)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.Path("data.json"), text);
        return InstructionDataset.Load(folder.Path("data.json"), isTestSet);
    }
}
