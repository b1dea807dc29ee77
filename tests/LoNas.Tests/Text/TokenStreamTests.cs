using System.Text;
using LoNas.Runtime;
using LoNas.Tests.Support;
using LoNas.Text;

namespace LoNas.Tests.Text;

public sealed class TokenStreamTests
{
    private static readonly string[] Pieces = ["▁b", "▁", "a"];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Push_RandomIds_JoinToDecode(bool skipSpecialTokens)
    {
        using var files = new TinyTokenizer(Pieces);
        var tokenizer = TextTokenizer.Load(files.Folder);
        var random = new SeededRandom(5);
        for (int round = 0; round < 500; round++)
        {
            // Bytes, most of them of long characters, specials and text.
            var ids = Enumerable.Range(0, 20).Select(_ => random.Next(4) switch
            {
                0 => random.Next(3),
                1 => 3 + 0x80 + random.Next(0x80),
                2 => 3 + 0xE0 + random.Next(0x18),
                _ => TinyTokenizer.FirstPieceId + random.Next(Pieces.Length),
            }).ToArray();
            var stream = new TokenStream(tokenizer, skipSpecialTokens);
            var text = new StringBuilder();
            foreach (int id in ids)
            {
                text.Append(stream.Push(id));
            }

            Assert.Equal(tokenizer.Decode(ids, skipSpecialTokens), text.Append(stream.Flush()).ToString());
        }
    }

    [Fact]
    public void Push_CharacterOfFourBytes_ComesOutWhole()
    {
        using var files = new TinyTokenizer(Pieces);
        var stream = new TokenStream(TextTokenizer.Load(files.Folder));
        var pushed = Encoding.UTF8.GetBytes("🙂").Select(value => stream.Push(3 + value)).ToArray();
        Assert.Equal(["", "", "", "🙂"], pushed);
        Assert.Equal("", stream.Flush());
    }

    [Fact]
    public void Push_Text_ComesAtOnce()
    {
        using var files = new TinyTokenizer(Pieces);
        var stream = new TokenStream(TextTokenizer.Load(files.Folder));
        Assert.Equal("", stream.Push(1));
        Assert.Equal("b", stream.Push(259)); // the dummy prefix goes, behind BOS too
        Assert.Equal(" b", stream.Push(259));
        Assert.Equal("", stream.Push(2));
    }

    [Fact]
    public void Flush_UnfinishedCharacter_ReplacesEachByte()
    {
        using var files = new TinyTokenizer(Pieces);
        var stream = new TokenStream(TextTokenizer.Load(files.Folder));
        Assert.Equal("", stream.Push(3 + 0xF0) + stream.Push(3 + 0x9F));
        Assert.Equal("\ufffd\ufffd", stream.Flush());
    }

    [Fact]
    public void Push_SentencePieceGolden_JoinsToTheSameText()
    {
        var tokenizer = TextTokenizer.Load(SharedData.Path("tokenizers", "llama"));
        foreach (var item in TextTokenizerTests.Golden("tokenizers/llama", "decoded"))
        {
            var stream = new TokenStream(tokenizer);
            var text = string.Concat(TextTokenizerTests.Ids(item).Select(stream.Push)) + stream.Flush();
            Assert.Equal(item.GetProperty("skipped").GetString(), text);
        }
    }
}
