using System.Text;
using System.Text.Json.Nodes;
using LoNas.Data;
using LoNas.Storage;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;
using LoNas.Text;

namespace LoNas.Tests.FieldCases;

/// <summary>Bytes that are no UTF-8 are refused by place wherever text is read, unless an encoding is named.</summary>
public sealed class DataEncodingTests
{
    [Theory]
    [InlineData("train.json", "at byte offset 101 it has E9 20 37, which is no character")]
    [InlineData("raw-surrogate.json", "at byte offset 100 it has ED A0 BD, which is half of a surrogate pair")]
    public void Train_FieldCase_NamesFileAndOffset(string file, string message)
    {
        using var folder = new TemporaryFolder();
        var path = SharedData.Path("field-cases", "latin1-silent", file);

        var run = Train(folder, path);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains($"The data set '{path}' is not UTF-8: {message}; save it as UTF-8", run.Error);
        Assert.Contains("(--encoding)", run.Error);
        Assert.False(Directory.Exists(folder.Path("out")));
    }

    // The loss was computed by an independent forward pass over "caf\u00e9 7".
    [Theory]
    [InlineData("latin-1")]
    [InlineData("cp1252")]
    public void Train_EncodingThatIsNamed_ReadsTheFieldCase(string encoding)
    {
        using var folder = new TemporaryFolder();

        var run = Train(
            folder, SharedData.Path("field-cases", "latin1-silent", "train.json"), "--encoding", encoding);

        Assert.Equal(0, run.ExitCode);
        var metrics = JsonInput.Load(folder.Path("out", "train_results.json"), "metrics");
        Assert.Equal(4.91277, metrics.GetProperty("train_loss").GetDouble(), 1e-4);
        var marker = JsonNode.Parse(File.ReadAllText(folder.Path("out", "lonas_run.json")))!;
        Assert.Equal(encoding, (string?)marker["options"]!["encoding"]);
    }

    [Fact]
    public void Train_AnotherEncoding_IsAnotherRun()
    {
        using var sample = new SampleRun();
        File.WriteAllText(sample.Dataset, """[{"instruction": "caf\u00e9", "output": "7"}]""", Encoding.Latin1);
        string[] Line(string encoding) =>
            [.. sample.Training(("max_steps", "1"), ("save_strategy", "no")), $"--encoding={encoding}"];
        Assert.Equal(0, CliRun.Of(Line("latin-1")).ExitCode);

        var run = CliRun.Of(Line("koi8-r"));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("another", run.Error);
        Assert.Contains("encoding was \"latin-1\" and is \"koi8-r\"", run.Error);
    }

    [Theory]
    [InlineData("latin-9999")]
    [InlineData("utf-7")]
    [InlineData("english")]
    public void Run_UnknownEncoding_IsRefused(string name)
    {
        using var sample = new SampleRun();

        var run = CliRun.Of([.. sample.Training(), $"--encoding={name}"]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains($"--encoding is '{name}'; expected the name of an encoding", run.Error);
    }

    [Theory]
    [InlineData(new byte[] { 0xE9 }, 0, "which is no character")]
    [InlineData(new byte[] { 0x93, 0x61, 0x94 }, 0, "93 61 94, which is no character")] // quotes of windows-1252
    [InlineData(new byte[] { 0xC3, 0xA9, 0xC3 }, 2, "which is no character")]
    [InlineData(new byte[] { 0xC0, 0xAF }, 0, "an overlong form")]
    [InlineData(new byte[] { 0xE0, 0x80, 0xAF }, 0, "an overlong form")]
    [InlineData(new byte[] { 0xF0, 0x82, 0x82, 0xAC }, 0, "an overlong form")]
    [InlineData(new byte[] { 0xED, 0xBF, 0xBF }, 0, "half of a surrogate pair")]
    [InlineData(new byte[] { 0xF4, 0x90, 0x80, 0x80 }, 0, "which is no character")]
    [InlineData(new byte[] { 0xFF }, 0, "which is no character")]
    [InlineData(new byte[] { 0x88, 0xA2, 0x88, 0xBE }, 0, "which is no character")] // Shift-JIS
    [InlineData(new byte[] { 0xC4, 0xE3 }, 0, "which is no character")] // GBK
    [InlineData(new byte[] { 0xF0, 0x9F, 0x99, 0x82, 0xF0, 0x9F }, 4, "which is no character")]
    public void Load_BytesThatAreNoText_NamesTheFirst(byte[] bytes, int offset, string message)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Path("data.json");
        byte[] start = [.. "[{\"instruction\": \"a\", \"output\": \""u8];
        File.WriteAllBytes(path, [.. start, .. bytes, .. "\"}]"u8]);

        var error = Assert.Throws<InvalidDataException>(() => InstructionDataset.Load(path));

        Assert.Contains(
            $"The data set '{path}' is not UTF-8: at byte offset {start.Length + offset} it has ", error.Message);
        Assert.Contains(message, error.Message);
    }

    [Fact]
    public void Load_LongTextBeforeTheBadByte_CountsBytesFromTheFilesBeginning()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Path("data.json");
        var text = string.Concat(Enumerable.Repeat("é🙂x", 5000));
        byte[] start = [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(text)];
        File.WriteAllBytes(path, [.. start, 0xE2, 0x82]);

        var error = Assert.Throws<InvalidDataException>(() => InstructionDataset.Load(path));

        Assert.Contains(
            $"at byte offset {start.Length} it has E2 82, which is the beginning of a character, and the file ends",
            error.Message);
    }

    [Theory]
    [InlineData("utf-16", "UTF-16 (FF FE)")]
    [InlineData("utf-16BE", "UTF-16 (FE FF)")]
    [InlineData("utf-32", "UTF-32 (FF FE 00 00)")]
    public void Load_FileWithAnotherMark_SaysSoAndReadsItByName(string encoding, string message)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Path("data.json");
        File.WriteAllText(path, """[{"instruction": "é你🙂", "output": "b"}]""", Encoding.GetEncoding(encoding));

        var error = Assert.Throws<InvalidDataException>(() => InstructionDataset.Load(path));

        Assert.Contains($"it begins with the mark of {message}", error.Message);
        var name = encoding.StartsWith("utf-16", StringComparison.Ordinal) ? "utf-16" : encoding;
        Assert.Equal("é你🙂", InstructionDataset.Load(path, encoding: TextInput.Find(name)).Single().Instruction);
    }

    [Theory]
    [InlineData("utf-16", "utf-16-le", "UTF-16-LE does (5B 00 7B 00)", "utf-16-be")]
    [InlineData("utf-16BE", "UTF_16_BE", "UTF-16-BE does (00 5B 00 7B)", "utf-16")]
    [InlineData("utf-32", "utf_32_le", "UTF-32-LE does (5B 00 00 00)", "utf-16")]
    [InlineData("utf-32BE", "utf-32-be", "UTF-32-BE does (00 00 00 5B)", "utf-32")]
    public void Load_WideCharactersWithoutAMark_AreNamedAndReadByPythonsName(
        string encoding, string python, string message, string wrong)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Path("data.json");
        File.WriteAllBytes(
            path, Encoding.GetEncoding(encoding).GetBytes("""[{"instruction": "é你🙂", "output": "b"}]"""));

        foreach (var other in new[] { null, TextInput.Find(wrong) })
        {
            var error = Assert.Throws<InvalidDataException>(() => InstructionDataset.Load(path, encoding: other));
            Assert.Contains($"begins as {message}, without its mark; save it as UTF-8, or name its enc", error.Message);
        }

        Assert.Equal("é你🙂", InstructionDataset.Load(path, encoding: TextInput.Find(python)).Single().Instruction);
    }

    // The bytes are those of Python's str.encode.
    [Theory]
    [InlineData("utf-8", new byte[] { 0xEF, 0xBB, 0xBF }, new byte[] { 0xC3, 0xA9 }, "é")]
    [InlineData("utf-8-sig", new byte[] { 0xEF, 0xBB, 0xBF }, new byte[] { 0xC3, 0xA9 }, "é")]
    [InlineData("latin-1", new byte[0], new byte[] { 0xE9, 0x80 }, "é\u0080")]
    [InlineData("iso-8859-15", new byte[0], new byte[] { 0xA4 }, "€")]
    [InlineData("iso8859-15", new byte[0], new byte[] { 0xA4 }, "€")]
    [InlineData("ISO8859_15", new byte[0], new byte[] { 0xA4 }, "€")]
    [InlineData("latin_1", new byte[0], new byte[] { 0xE9 }, "é")]
    [InlineData("windows_1252", new byte[0], new byte[] { 0x80 }, "€")]
    [InlineData("shift-jis", new byte[0], new byte[] { 0x93, 0xFA, 0x96, 0x7B }, "日本")]
    [InlineData("EUC-KR", new byte[0], new byte[] { 0xC7, 0xD1 }, "한")]
    [InlineData("windows-1252", new byte[0], new byte[] { 0x93, 0x80, 0x94 }, "“€”")]
    [InlineData("cp1251", new byte[0], new byte[] { 0xEF, 0xF0 }, "пр")]
    [InlineData("koi8_r", new byte[0], new byte[] { 0xD0, 0xD2 }, "пр")]
    [InlineData("shift_jis", new byte[0], new byte[] { 0x93, 0xFA, 0x96, 0x7B }, "日本")]
    [InlineData("euc_jp", new byte[0], new byte[] { 0xC6, 0xFC, 0xCB, 0xDC }, "日本")]
    [InlineData("gb18030", new byte[0], new byte[] { 0xC4, 0xE3, 0x95, 0x30, 0x85, 0x32 }, "你🙂")]
    [InlineData("gbk", new byte[0], new byte[] { 0xC4, 0xE3 }, "你")]
    [InlineData("big5", new byte[0], new byte[] { 0xA7, 0x41 }, "你")]
    [InlineData("cp949", new byte[0], new byte[] { 0xC7, 0xD1 }, "한")]
    [InlineData("mac_roman", new byte[0], new byte[] { 0x8E }, "é")]
    public void Load_EncodingByName_ReadsAsPython(string name, byte[] mark, byte[] text, string expected)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Path("data.jsonl");
        File.WriteAllBytes(path, [.. mark, .. "{\"instruction\": \"a\", \"output\": \""u8, .. text, .. "\"}\n"u8]);

        Assert.Equal(expected, InstructionDataset.Load(path, encoding: TextInput.Find(name)).Single().Output);
    }

    [Theory]
    [InlineData("ascii", new byte[] { 0xE9 })]
    [InlineData("gb18030", new byte[] { 0xFF, 0x20 })]
    [InlineData("shift_jis", new byte[] { 0x81, 0x20 })]
    public void Load_EncodingThatDoesNotFit_IsRefused(string name, byte[] text)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Path("data.json");
        File.WriteAllBytes(path, [.. "[{\"instruction\": \"a\", \"output\": \""u8, .. text, .. "\"}]"u8]);

        var error = Assert.Throws<InvalidDataException>(
            () => InstructionDataset.Load(path, encoding: TextInput.Find(name)));

        Assert.Contains("which is no character of it", error.Message);
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("tokenizer_config.json")]
    [InlineData("generation_config.json")]
    public void Run_ModelFileOfAnotherEncoding_IsNamed(string file)
    {
        using var sample = new SampleRun();
        var model = SampleRun.CopyOfModel(Path.Combine(sample.Folder, "model"));
        var path = Path.Combine(model, file);
        var text = File.Exists(path) ? File.ReadAllText(path).TrimStart()[1..] : "}";
        File.WriteAllText(path, "{\"note\": \"caf\u00e9\"" + (text == "}" ? "" : ",") + text, Encoding.Latin1);

        AssertRefused(sample.Training(("model_name_or_path", model)), path, "at byte offset 13 it has E9");
    }

    [Fact]
    public void Run_ConfigurationTaskAndOptionsOfAnotherEncoding_AreNamed()
    {
        using var sample = new SampleRun();
        string Write(string name, string content)
        {
            var path = Path.Combine(sample.Folder, name);
            File.WriteAllText(path, content, Encoding.Latin1);
            return path;
        }

        var configuration = Write("nncf.json", "{\"caf\u00e9\": 1}");
        AssertRefused(sample.Training(("nncf_config", configuration)), configuration, "at byte offset 5 it has E9");
        var task = Write("own.json", "{\"data\": \"caf\u00e9\"}");
        AssertRefused(
            ["evaluate", "--model_name_or_path", SampleRun.Model, "--tasks", task], task,
            "at byte offset 13 it has E9");
        var options = Write("options.json", "{\"output_dir\": \"caf\u00e9\"}");
        AssertRefused(["run-math", options], options, "at byte offset 19 it has E9");
        var vocabulary = Write("vocab.txt", "[UNK]\ncaf\u00e9");
        var error = Assert.Throws<InvalidDataException>(() => TextTokenizer.Load(sample.Folder));
        Assert.Contains($"'{vocabulary}' is not UTF-8: at byte offset 9 it has E9", error.Message);
    }

    [Fact]
    public void Open_JournalOfAnotherEncoding_IsNamedByLine()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Path("j.jsonl");
        File.WriteAllText(path, "{}\n{\"a\": \"\u00e9\"}\n", Encoding.Latin1);

        var error = Assert.Throws<InvalidDataException>(() => JsonJournal.Open(path, "test", []));

        Assert.Contains($"The test journal '{path}', line 2, is not UTF-8: at byte offset 7 it has E9", error.Message);
    }

    [Fact]
    public void Evaluate_EncodingThatIsNamed_ReadsTestSetsAndOwnTasks()
    {
        using var sample = new SampleRun();
        var data = Path.Combine(sample.Folder, "data.json");
        File.WriteAllText(data, "[{\"instruction\": \"caf\u00e9\", \"answer\": 7}]", Encoding.Latin1);
        var task = Path.Combine(sample.Folder, "own.json");
        File.WriteAllText(
            task, """{"data": "data.json", "answer": {"pattern": "\\d+"}, "metric": "number", "max_new_tokens": 1}""");
        string[] line =
        [
            "evaluate", "--model_name_or_path", SampleRun.Model, "--tasks", task, "--num_beams", "1", "--device", "cpu",
            "--output_dir", sample.Output,
        ];
        AssertRefused(line, data, "at byte offset 21 it has E9");

        Assert.Equal(0, CliRun.Of([.. line, "--encoding", "latin-1"]).ExitCode);
        Assert.Equal("caf\u00e9", sample.Json("own.res.json")[0].GetProperty("instruction").GetString());
    }

    private static void AssertRefused(string[] line, string path, string message)
    {
        var run = CliRun.Of(line);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains($"'{path}' is not UTF-8: {message}", run.Error);
    }

    private static CliRun Train(TemporaryFolder folder, string data, params string[] more) => CliRun.Of(
    [
        "run-math", "--dataset_path", data, "--model_name_or_path", SharedData.Path("models", "stories260K"),
        "--do_train", "--lora", "--max_steps", "1", "--save_strategy", "no", "--threads", "1", "--device", "cpu",
        "--output_dir", folder.Path("out"), .. more,
    ]);
}
