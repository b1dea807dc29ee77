using LoNas.Data.Records;
using LoNas.Tests.Support;
using Parquet;
using Parquet.Schema;
using Parquet.Serialization;

namespace LoNas.Tests.Data.Records;

public sealed class ParquetRecordTests : IDisposable
{
    private readonly DataFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task Read_Columns_GivesRowsWithTheirPlaces()
    {
        var path = _data.Path("a.parquet");
        await ParquetFile.Write(path, [("prompt", new[] { "a", "b" }), ("completion", new long[] { 1, 2 })]);
        var set = RecordSet.Open([path]);
        Assert.Equal("prompts: 'prompt' and 'completion'", set.Description);
        Assert.Equal(
            [("a", "1", "row 1"), ("b", "2", "row 2")],
            set.Read().Cast<CompletionRecord>().Select(each => (each.Prompt, each.Completion, each.Place!)));
    }

    [Fact]
    public async Task Read_ListOfStructures_IsAConversation()
    {
        var path = _data.Path("a.parquet");
        await WriteChats(path, rows: 5, rowsOfAGroup: 2);
        var set = RecordSet.Open([path]);
        Assert.Equal("conversations: 'messages' with role and content", set.Description);
        var records = set.Read().Cast<ConversationRecord>().ToArray();
        Assert.Equal(["user: q0", "assistant: a0"], DataFolder.Turns(records[0]));
        Assert.Equal(["user: q4", "assistant: a4"], DataFolder.Turns(records[4]));
        Assert.Equal(["row 1", "row 2", "row 3", "row 4", "row 5"], records.Select(record => record.Place));
        // A key that the column has and the message does not is no key of it.
        Assert.Equal("""{"role":"user","content":"q0"}""", records[0].Conversation.Messages[0].Value.GetRawText());
        Assert.Equal("Ada", records[0].Conversation.Messages[1].Key("name").GetString());
    }

    [Fact]
    public async Task Read_Compressed_GivesTheSame()
    {
        var path = _data.Path("a.parquet");
        await WriteChats(path, rows: 3, rowsOfAGroup: 2);
        var compressed = _data.Write("b.parquet.gz", await File.ReadAllBytesAsync(path));
        Assert.Equal(
            RecordSet.Open([path]).Read().SelectMany(DataFolder.Turns),
            RecordSet.Open([compressed]).Read().SelectMany(DataFolder.Turns));
    }

    [Fact]
    public async Task Read_EmptyCellInAColumn_IsRefusedWithItsRow()
    {
        var path = _data.Path("a.parquet");
        await ParquetFile.Write(path, [("text", new[] { "a", null!, "" })]);
        var error = Assert.Throws<InvalidDataException>(() => RecordSet.Open([path]).Read().Count());
        Assert.Contains(
            "has 2 bad of 3 records:\n  row 2: 'text' is null; expected text\n  row 3: 'text' is empty; expected text",
            error.Message);
    }

    [Fact]
    public async Task Read_DamagedFile_IsRefused()
    {
        var path = _data.Path("a.parquet");
        await WriteChats(path, rows: 3, rowsOfAGroup: 2);
        var bytes = await File.ReadAllBytesAsync(path);
        await File.WriteAllBytesAsync(path, bytes[..(bytes.Length / 2)]);
        var error = Assert.Throws<InvalidDataException>(() => RecordSet.Open([path]).Read().Count());
        Assert.Contains($"'{path}'", error.Message);
        Assert.Contains("get it again", error.Message);
    }

    private static async Task WriteChats(string path, int rows, int rowsOfAGroup)
    {
        var schema = new ParquetSchema(
            new ListField("messages", new StructField(
                "element", new DataField<string>("role"), new DataField<string>("content"),
                new DataField<string>("name"))));
        await using var stream = File.Create(path);
        var data = Enumerable.Range(0, rows).Select(row => (IDictionary<string, object?>)new Dictionary<string, object?>
        {
            ["messages"] = new List<IDictionary<string, object?>>
            {
                new Dictionary<string, object?> { ["role"] = "user", ["content"] = $"q{row}", ["name"] = null },
                new Dictionary<string, object?> { ["role"] = "assistant", ["content"] = $"a{row}", ["name"] = "Ada" },
            },
        }).ToArray();
        await ParquetSerializer.SerializeUntypedAsync(
            data, schema, stream, new ParquetOptions { RowGroupSize = rowsOfAGroup });
    }
}
