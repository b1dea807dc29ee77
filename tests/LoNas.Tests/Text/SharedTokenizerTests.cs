using LoNas.Storage;
using LoNas.Tests.Support;

namespace LoNas.Tests.Text;

/// <summary>Tokenizers of published models, which stay beside the repository, against their recorded ids.</summary>
public sealed class SharedTokenizerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("gemma3")]
    [InlineData("gpt-neox")]
    [InlineData("gpt2")]
    [InlineData("llama2-json")]
    [InlineData("llama3")]
    [InlineData("mistral-v03-json")]
    [InlineData("qwen3")]
    public void Encode_RecordedTexts_GiveTheRecordedIds(string name)
    {
        var recorded = JsonInput.Load(SharedData.Path("tokenizers", name, "goldens.json"), "recording");
        var tokenizer = SharedTokenizer.Load(name, _folder);

        Assert.NotEqual(0, recorded.GetArrayLength());
        Assert.All(recorded.EnumerateArray(), item =>
        {
            int[] ids = [.. item.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
            var encoded = tokenizer.Encode(item.GetProperty("text").GetString()!);
            // What was recorded has no token in front.
            bool hasMore = encoded.Length == ids.Length + 1 && tokenizer.IsSpecial(encoded[0]);
            Assert.Equal(ids, hasMore ? encoded[1..] : encoded);
        });
    }

    public void Dispose() => _folder.Dispose();
}
