using System.Text.Json.Nodes;

namespace LoNas.Tests.Support;

/// <summary>A folder with a copy of one of the tokenizers in Fixtures/tokenizers, to change.</summary>
internal sealed class TokenizerFiles : IDisposable
{
    private static readonly string Root = Path.Combine(Repository.Root, "tests/LoNas.Tests/Fixtures/tokenizers");

    public TokenizerFiles(string? kind = null)
    {
        if (kind is not null)
        {
            Write("tokenizer.json", Json(kind));
        }
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("lonas-").FullName;

    public static string Json(string kind) => File.ReadAllText(Path.Combine(Root, kind, "tokenizer.json"));

    public static string BertVocabulary() => File.ReadAllText(Path.Combine(Root, "bert-vocab", "vocab.txt"));

    public void Write(string name, string text) => File.WriteAllText(Path.Combine(Folder, name), text);

    public void Write(string name, byte[] bytes) => File.WriteAllBytes(Path.Combine(Folder, name), bytes);

    public void Change(Action<JsonNode> change)
    {
        var path = Path.Combine(Folder, "tokenizer.json");
        var root = JsonNode.Parse(File.ReadAllText(path))!;
        change(root);
        File.WriteAllText(path, root.ToJsonString());
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
