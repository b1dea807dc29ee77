using System.IO.Compression;
using LoNas.Data.Records;
using LoNas.Tests.Support;

namespace LoNas.Tests.Data.Records;

/// <summary>A folder of data sets that a test writes and reads.</summary>
internal sealed class DataFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public string Root => _folder.Root;

    public void Dispose() => _folder.Dispose();

    public string Path(params string[] parts) => _folder.Path(parts);

    /// <summary>Writes a file; one whose name ends in .gz is compressed.</summary>
    public string Write(string name, string text) => Write(name, System.Text.Encoding.UTF8.GetBytes(text));

    public string Write(string name, byte[] bytes)
    {
        var path = Path(name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        using var file = File.Create(path);
        using Stream target = name.EndsWith(".gz", StringComparison.Ordinal)
            ? new GZipStream(file, CompressionLevel.Fastest) : file;
        target.Write(bytes);
        return path;
    }

    /// <summary>The records of a file with this text.</summary>
    public DataRecord[] Read(string name, string text, RecordOptions? options = null) =>
        [.. RecordSet.Open([Write(name, text)], options).Read()];

    /// <summary>The one record of a file of JSON Lines.</summary>
    public T One<T>(string line, RecordOptions? options = null)
        where T : DataRecord => Assert.IsType<T>(Assert.Single(Read("one.jsonl", line, options)));

    /// <summary>The message that refuses a file with this text.</summary>
    public string Refusal(string name, string text, RecordOptions? options = null)
    {
        var path = Write(name, text);
        var error = Assert.Throws<InvalidDataException>(() => RecordSet.Open([path], options).Read().ToArray());
        Assert.Contains($"'{path}'", error.Message);
        return error.Message;
    }

    /// <summary>What is said of the second line of a file, whose first is a sound record.</summary>
    public string Reason(string sound, string line)
    {
        const string Place = "\n  line 2 (record 2): ";
        var message = Refusal("two.jsonl", $"{sound}\n{line}\n");
        Assert.Contains("has 1 bad of 2 records:", message);
        Assert.Contains(Place, message);
        return message.Split(Place)[1].Split('\n')[0];
    }

    /// <summary>The messages of a conversation as <c>role: text</c>.</summary>
    public static string[] Turns(DataRecord record) =>
        [.. ((ConversationRecord)record).Conversation.Messages.Select(message => $"{message.Role}: {message.Text}")];
}
