using LoNas.Opening;

namespace LoNas.Tests.Cli.Evaluate;

public sealed class ContentHashTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lonas-hash-").FullName;

    [Fact]
    public void Of_LargeFileWithAnotherTensorInside_Differs()
    {
        var path = Path.Combine(_folder, "model.safetensors");
        using (var file = File.Create(path))
        {
            file.SetLength(ContentHash.LargeFile + (16 << 20));
        }

        var before = ContentHash.Of(path);
        Assert.Equal(before, ContentHash.Of(path));
        using (var file = File.OpenWrite(path))
        {
            file.Position = ContentHash.LargeFile / 2;
            file.Write(Enumerable.Repeat((byte)1, 2 << 20).ToArray());
        }

        Assert.NotEqual(before, ContentHash.Of(path));
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("generation_config.json")]
    [InlineData("pytorch_model.bin")]
    [InlineData("tokenizer.model")]
    [InlineData("special_tokens_map.json")]
    [InlineData("added_tokens.json")]
    [InlineData("vocab.txt")]
    [InlineData("vocab.json")]
    public void OfModel_AnyFileThatMatters_Differs(string name)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, "12");
        var before = ContentHash.OfModel(_folder);

        File.WriteAllText(path, "13");

        Assert.NotEqual(before, ContentHash.OfModel(_folder));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
