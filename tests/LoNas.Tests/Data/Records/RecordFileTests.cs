using System.Text;
using LoNas.Data.Records;
using LoNas.Storage;
using LoNas.Tests.Support;

namespace LoNas.Tests.Data.Records;

/// <summary>Files of records: layouts, kinds, encodings, folders, and what is said of damaged ones.</summary>
public sealed class RecordFileTests : IDisposable
{
    private const string Chat =
        """{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}""";

    private readonly DataFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Theory]
    [InlineData("a.jsonl", "{\"text\": \"a\"}\n{\"text\": \"b\"}", "line 1", "line 2")]
    [InlineData("a.ndjson", "\n{\"text\": \"a\"}\r\n\r\n{\"text\": \"b\"}\r\n", "line 2", "line 4")]
    [InlineData("a.json", "[{\"text\": \"a\"}, {\"text\": \"b\"}]", "line 1", "line 1")]
    [InlineData("a.json", "[ // list\n  {\"text\": \"a\"},\n\n  /* two */ {\"text\": \"b\"},\n]\n", "line 2", "line 4")]
    [InlineData("a.json", "{\"text\": [\"a\", \"b\"]}", "record 1", "record 2")]
    [InlineData("a.json", "{\"text\": {\"0\": \"a\", \"1\": \"b\"}}", "record 1", "record 2")]
    [InlineData("a.json", "{\"version\": 1, \"data\": [{\"text\": \"a\"}, {\"text\": \"b\"}]}", "record 1", "record 2")]
    [InlineData("a.json", "{\n \"text\": \"a\"\n}\n{\n \"text\": \"b\"\n}", "line 1", "line 4")]
    [InlineData("a.jsonl", "{\"text\": \"a\"} {\"text\": \"b\"}", "line 1", "line 1")]
    [InlineData("a.jsonl", "\uFEFF{\"text\": \"a\"}\n{\"text\": \"b\"}", "line 1", "line 2")]
    [InlineData("a.jsonl.gz", "{\"text\": \"a\"}\n{\"text\": \"b\"}", "line 1", "line 2")]
    [InlineData("a.csv", "text,id\na,1\nb,2\n", "line 2", "line 3")]
    [InlineData("a.csv", "\uFEFFid,text\r\n1,a\r\n2,b\r\n", "line 2", "line 3")]
    [InlineData("a.csv.gz", "text\na\nb", "line 2", "line 3")]
    [InlineData("a.tsv", "id\ttext\n1\ta\n\n2\tb", "line 2", "line 4")]
    public void Read_EachLayout_GivesRecordsWithTheirPlaces(string name, string text, string first, string second)
    {
        var records = _data.Read(name, text);
        Assert.Equal(["a", "b"], records.Select(record => ((DocumentRecord)record).Text));
        Assert.Equal([first, second], records.Select(record => record.Place));
        Assert.Equal([1, 2], records.Select(record => record.Number));
    }

    [Theory]
    [InlineData("a.json", Chat)]
    [InlineData("a.json", "[" + Chat + "]")]
    [InlineData(
        "a.json",
        """{"messages": [[{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]], "id": [1]}""")]
    [InlineData(
        "a.json",
        """{"train": [{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}]}""")]
    [InlineData(
        "a.csv",
        "messages\n\"[{\"\"role\"\": \"\"user\"\", \"\"content\"\": \"\"a\"\"}, {\"\"role\"\": \"\"assistant\"\", "
        + "\"\"content\"\": \"\"b\"\"}]\"\n")]
    public void Read_Conversation_InEachLayout(string name, string text) =>
        Assert.Equal(["user: a", "assistant: b"], DataFolder.Turns(Assert.Single(_data.Read(name, text))));

    [Fact]
    public void Read_CellOfSeveralLines_KeepsThem()
    {
        var records = _data.Read("a.csv", "prompt,completion\n\"a,\r\n\"\"q\"\"\",5\n,\"{\"\"x\"\": 1}\"\n");
        Assert.Equal(
            [new("a,\r\n\"q\"", "5") { Place = "line 2" }, new("", "{\"x\": 1}") { Place = "line 4" }],
            records.Cast<CompletionRecord>().Select(each => each with { File = null, Number = 0 }));
    }

    [Theory]
    [InlineData("a.csv", "text,id\na\n", "line 2 (record 1): 1 columns; expected 2 (text, id)")]
    [InlineData(
        "a.csv",
        "text,id\na,1\n\"b,2\nc,3\n",
        "line 3: a quote begins a value and none ends it; the rest of the file would be its text; close or double it")]
    [InlineData("a.csv", "text,text\na,b\n", "has the column 'text' twice; rename or remove one")]
    [InlineData("a.csv", "text\n", "has no records; expected at least one")]
    [InlineData("a.json", "[]", "has no records; expected at least one")]
    [InlineData("a.jsonl", "\n\n", "has no records; expected at least one")]
    [InlineData("a.jsonl", "", "is empty (0 bytes); get it again")]
    [InlineData(
        "a.json",
        "[{\"text\": \"a\"},\n {\"text\": \"b\"",
        "is not valid JSON at line 2, byte 2: a record begins there and does not end; the file is cut off, write "
        + "or get it again")]
    [InlineData(
        "a.json",
        "[{\"text\": \"a\"},\n",
        "is not valid JSON at line 2, byte 1: it ends in the middle of a value; it is cut off, write or get it again")]
    [InlineData(
        "a.json",
        "[{\"text\": \"a\"}\n {\"text\": \"b\"}]",
        "is not valid JSON at line 2, byte 2: expected a comma or the end of the list behind a record")]
    [InlineData(
        "a.json",
        "[{\"text\": \"a\"},, {\"text\": \"b\"}]",
        "is not valid JSON at line 1, byte 16: a comma without a record before it")]
    [InlineData(
        "a.json",
        "[{\"text\": \"a\"}] []",
        "is not valid JSON at line 1, byte 17: expected nothing behind the list of records")]
    [InlineData("a.json", "[{\"text\": \"a\"},\n{\"text\": NaN,\n \"x\" 5}]", "is not valid JSON at line 3, byte 6: ")]
    [InlineData("a.json", "[{\"text\": \"a\"}, {\"text\": NaN, \"x\" 5}]", "is not valid JSON at line 1, byte 35: ")]
    [InlineData(
        "a.json",
        "[{\"text\": \"a\"}, {\"text\": NaN}]",
        "line 1 (record 2): 'text' is the number NaN; expected text")]
    [InlineData("a.jsonl", "text,label\na,b", "looks like CSV: it begins with 'text,label'")]
    [InlineData(
        "a.jsonl",
        "{\"text\": \"a\"},\n{\"text\": \"b\"},\n",
        "line 1 (record 1): a comma behind the object; expected one record on each line, without commas between them")]
    [InlineData(
        "a.jsonl",
        "{\"text\": \"a\n{\"text\": \"b\"}\n",
        "line 1 (record 1): no whole JSON object; expected one record on each line")]
    [InlineData(
        "a.xlsx",
        "x",
        "is of no known kind; expected .json, .jsonl, .ndjson, .csv, .tsv, .parquet or .txt, or one of these with "
        + ".gz behind it: save the sheet as CSV in UTF-8")]
    [InlineData("a.jsonl", "version https://git-lfs.github.com/spec/v1\nsize 5\n", "is a Git LFS pointer")]
    public void Read_DamagedFile_IsRefused(string name, string text, string expected) =>
        Assert.Contains(expected, _data.Refusal(name, text));

    [Theory]
    [InlineData("a.jsonl", "{\"text\": \"", "at byte offset 10 it has E9 22 7D, which is no character")]
    [InlineData("a.csv", "text\n", "at byte offset 5 it has E9 22 7D, which is no character")]
    public void Read_BytesThatAreNoText_AreNamed(string name, string before, string expected)
    {
        var path = _data.Write(name, [.. Encoding.ASCII.GetBytes(before), 0xE9, .. "\"}"u8]);
        var error = Assert.Throws<InvalidDataException>(() => RecordSet.Open([path]).Read().ToArray());
        Assert.Contains($"The data set '{path}' is not UTF-8: {expected}", error.Message);
        var latin = new RecordOptions { Encoding = TextInput.Find("latin-1") };
        Assert.StartsWith("é", ((DocumentRecord)RecordSet.Open([path], latin).Read().Single()).Text);
    }

    [Fact]
    public void Read_BadBytesBehindManyGoodOnes_AreNamedWithTheirOffset()
    {
        var good = string.Concat(Enumerable.Repeat("{\"text\": \"é😀\"}\n", 20_000));
        var path = _data.Write("a.jsonl", [.. Encoding.UTF8.GetBytes(good), .. "{\"text\": \""u8, 0xFF, .. "\"}"u8]);
        var error = Assert.Throws<InvalidDataException>(() => RecordSet.Open([path]).Read().Count());
        Assert.Contains($"at byte offset {Encoding.UTF8.GetByteCount(good) + 10} it has FF 22 7D", error.Message);
    }

    [Theory]
    [InlineData("utf-16")]
    [InlineData("utf-16-be")]
    [InlineData("gb18030")]
    public void Read_NamedEncoding_IsDecoded(string name)
    {
        var encoding = TextInput.Find(name) ?? Encoding.BigEndianUnicode;
        var path = _data.Write("a.jsonl", [.. encoding.GetPreamble(), .. encoding.GetBytes("{\"text\": \"你好\"}\n")]);
        var record = RecordSet.Open([path], new() { Encoding = encoding }).Read().Single();
        Assert.Equal("你好", ((DocumentRecord)record).Text);
    }

    [Fact]
    public void Read_Utf16WithoutSayingSo_IsRefused()
    {
        var path = _data.Write("a.jsonl", [0xFF, 0xFE, .. Encoding.Unicode.GetBytes("{\"text\": \"a\"}")]);
        var error = Assert.Throws<InvalidDataException>(() => RecordSet.Open([path]));
        Assert.Contains(
            "is not UTF-8: it begins with the mark of UTF-16 (FF FE); save it as UTF-8, or name its encoding",
            error.Message);
    }

    [Fact]
    public void Open_CutOffGzip_IsRefused()
    {
        var path = _data.Write(
            "a.jsonl.gz", string.Concat(Enumerable.Range(0, 9999).Select(i => $"{{\"text\": \"{i}\"}}\n")));
        var bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..(bytes.Length / 2)]);
        var error = Assert.Throws<InvalidDataException>(() => RecordSet.Open([path]).Read().Count());
        Assert.Contains($"'{path}'", error.Message);
        Assert.Contains("get it again", error.Message);
    }

    [Fact]
    public void Open_Folder_ReadsItsFilesInOrderAndNamesOthers()
    {
        _data.Write("set/b.jsonl", "{\"text\": \"2\"}");
        _data.Write("set/a.csv", "text\n1\n");
        _data.Write("set/README.md", "x");
        _data.Write("set/.hidden", "x");
        var notices = new NoticeList();
        var set = RecordSet.Open([_data.Path("set"), _data.Write("c.txt", "3\n4\n")], logger: notices);
        Assert.Equal(["1", "2", "3\n4\n"], set.Read().Select(record => ((DocumentRecord)record).Text));
        Assert.Equal([1, 2, 3], set.Read().Select(record => record.Number));
        Assert.Equal(
            [$"Of the folder '{_data.Path("set")}' not read: README.md; data sets end in .json, .jsonl, .ndjson, .csv, "
                + ".tsv, .parquet or .txt, or one of these with .gz behind it"], notices.Texts);
    }

    [Fact]
    public void Open_FolderWithoutDataSets_SaysWhatItHas()
    {
        _data.Write("set/data/a.jsonl", "{\"text\": \"2\"}");
        _data.Write("set/README.md", "x");
        var error = Assert.Throws<InvalidDataException>(() => RecordSet.Open([_data.Path("set")]));
        Assert.EndsWith("; it has README.md; name one of its folders: data", error.Message);
    }

    [Fact]
    public void Open_FilesOfSeveralFormats_KeepTheirOwn()
    {
        var set = RecordSet.Open([_data.Write("a.jsonl", Chat), _data.Write("b.jsonl", "{\"text\": \"t\"}")]);
        Assert.Null(set.Format);
        Assert.Equal("conversations: 'messages' with role and content; documents: 'text'", set.Description);
        Assert.Equal([typeof(ConversationRecord), typeof(DocumentRecord)], set.Read().Select(each => each.GetType()));
    }

    [Fact]
    public void Read_ManyBadRecords_ListsFiveAndCountsAll()
    {
        var text = "{\"text\": \"a\"}\n" + string.Concat(Enumerable.Repeat("{\"text\": 1.5, \"text\": 2}\n", 8));
        var message = _data.Refusal("a.jsonl", text);
        Assert.Contains("has 8 bad of 9 records:\n  line 2 (record 2): the key 'text'", message);
        Assert.EndsWith("\n  and 3 more\ncorrect or remove them, or have bad records left out", message);
        Assert.DoesNotContain("record 7", message);
    }

    [Fact]
    public void Read_SkipBad_CountsAndNamesThem()
    {
        var path = _data.Write("a.jsonl", "{\"text\": \"a\"}\n{\"text\": null}\n{\"te\n{\"text\": \"b\"}\n");
        var set = RecordSet.Open([path], new() { SkipBad = true });
        Assert.Equal([1, 4], set.Read().Select(record => record.Number));
        Assert.Equal((2, 2), (set.Count, set.BadCount));
        Assert.Equal(
            [
                $"'{path}', line 2 (record 2): 'text' is null; expected text",
                $"'{path}', line 3 (record 3): no whole JSON object; expected one record on each line",
            ],
            set.Bad.Select(bad => bad.ToString()));
    }

    [Fact]
    public void Read_FileOfManyBlocks_LosesNothing()
    {
        var random = new Random(5);
        string[] texts =
            [.. Enumerable.Range(0, 3000).Select(i => $"{i} " + new string('é', random.Next(200)) + "]}\\\"")];
        var items = texts.Select(text => $"{{\"text\": \"{text}\"}}");
        var lines = _data.Read("a.jsonl", string.Join('\n', items));
        var array = _data.Read("a.json", $"[{string.Join(",\n", items)}]");
        Assert.Equal(
            texts.Select(text => text.Replace("\\\"", "\"")), lines.Select(each => ((DocumentRecord)each).Text));
        Assert.Equal(
            lines.Select(each => (((DocumentRecord)each).Text, each.Place)),
            array.Select(each => (((DocumentRecord)each).Text, each.Place)));
    }
}
