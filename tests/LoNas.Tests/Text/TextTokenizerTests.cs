using System.Text.Json;
using LoNas.Tests.Support;
using LoNas.Text;

namespace LoNas.Tests.Text;

public sealed class TextTokenizerTests
{
    private static readonly string[] Pieces = ["aa", "ab", "▁b", "▁", "a", "b", "</"];

    [Fact]
    public void Encode_LlamaGoldenEncodings_GivesTheSameIds()
    {
        var tokenizer = TextTokenizer.Load(SharedData.Path("tokenizers", "llama"));
        var golden = ReadJson(SharedData.Path("tokenizers", "llama", "golden_encodings.json"));
        Assert.True(golden.GetArrayLength() >= 7);
        foreach (var item in golden.EnumerateArray())
        {
            Assert.Equal(Ids(item), tokenizer.Encode(item.GetProperty("text").GetString()!));
        }
    }

    [Theory]
    [InlineData("tokenizers/llama")]
    [InlineData("models/stories260K")]
    public void Encode_SentencePieceGolden_GivesTheSameIds(string folder)
    {
        var tokenizer = TextTokenizer.Load(SharedData.Path(folder));
        foreach (var item in Golden(folder, "encoded"))
        {
            Assert.Equal(Ids(item), tokenizer.Encode(item.GetProperty("text").GetString()!));
        }
    }

    [Theory]
    [InlineData("tokenizers/llama")]
    [InlineData("models/stories260K")]
    public void Decode_SentencePieceGolden_GivesTheSameText(string folder)
    {
        var tokenizer = TextTokenizer.Load(SharedData.Path(folder));
        foreach (var item in Golden(folder, "decoded"))
        {
            Assert.Equal(item.GetProperty("kept").GetString(), tokenizer.Decode(Ids(item), skipSpecialTokens: false));
            Assert.Equal(item.GetProperty("skipped").GetString(), tokenizer.Decode(Ids(item), skipSpecialTokens: true));
        }
    }

    [Fact]
    public void Decode_StoriesGoldenText_SurvivesTheRoundTrip()
    {
        var tokenizer = TextTokenizer.Load(SharedData.Path("models", "stories260K"));
        var text = File.ReadAllText(SharedData.Path("models", "stories260K", "golden_greedy_200.txt"));
        Assert.Equal(512, tokenizer.VocabularySize);
        Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text), skipSpecialTokens: true));
    }

    [Theory]
    [InlineData("aaa", new[] { 1, 262, 259, 263 })] // the leftmost of two equal pairs
    [InlineData("aab", new[] { 1, 262, 259, 264 })] // 'aa' scores higher than 'ab'
    [InlineData("b", new[] { 1, 261 })]
    [InlineData("", new[] { 1 })]
    [InlineData("é", new[] { 1, 262, 3 + 0xC3, 3 + 0xA9 })]
    [InlineData("b</s>b", new[] { 1, 261, 2, 261 })] // each stretch gets its own leading space
    [InlineData("<s>b", new[] { 1, 1, 261 })]
    [InlineData("</s", new[] { 1, 262, 265, 3 + 's' })]
    public void Encode_HandMadeModel_MergesAsSentencePiece(string text, int[] expected)
    {
        using var files = new TinyTokenizer(Pieces);
        Assert.Equal(expected, TextTokenizer.Load(files.Folder).Encode(text));
    }

    [Fact]
    public void Encode_HalfASurrogatePair_BecomesTheReplacementCharacter()
    {
        using var files = new TinyTokenizer(Pieces);
        var text = ((char)0xD800).ToString(); // an attribute could not hold it
        Assert.Equal([1, 262, 3 + 0xEF, 3 + 0xBF, 3 + 0xBD], TextTokenizer.Load(files.Folder).Encode(text));
    }

    [Theory]
    [InlineData(new[] { 1, 261, 2 }, "<s> b</s>", "b")]
    [InlineData(new[] { 261, 2 }, " b</s>", "b")]
    [InlineData(new[] { 1, 261 }, "<s>b", "b")]
    [InlineData(new[] { 1, 261, 261, 2, 2, 0 }, "<s> b b</s></s><unk>", "b b")]
    [InlineData(new[] { 1, 3 + 0xC3, 3 + 0xA9 }, "<s>é", "é")]
    [InlineData(new[] { 3 + 0xC3, 264, 3 + 0xF0, 3 + 0x9F }, "\ufffdb\ufffd\ufffd", "\ufffdb\ufffd\ufffd")]
    [InlineData(new int[0], "", "")]
    public void Decode_HandMadeModel_SpacesAsLlamaTokenizer(int[] ids, string kept, string skipped)
    {
        using var files = new TinyTokenizer(Pieces);
        var tokenizer = TextTokenizer.Load(files.Folder);
        Assert.Equal(kept, tokenizer.Decode(ids, skipSpecialTokens: false));
        Assert.Equal(skipped, tokenizer.Decode(ids, skipSpecialTokens: true));
    }

    [Fact]
    public void Decode_NegativeId_Throws()
    {
        using var files = new TinyTokenizer(Pieces);
        var tokenizer = TextTokenizer.Load(files.Folder);
        var error = Assert.Throws<ArgumentException>(() => tokenizer.Decode([-1], skipSpecialTokens: true));
        Assert.Contains("-1", error.Message);
    }

    // A model whose vocab_size is padded can generate such ids.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Decode_IdAboveTheVocabulary_GivesNothing(bool skipSpecialTokens)
    {
        using var files = new TinyTokenizer(Pieces);
        var tokenizer = TextTokenizer.Load(files.Folder);
        Assert.Equal("b b", tokenizer.Decode([261, 266, 261, int.MaxValue], skipSpecialTokens));
        using var json = new TokenizerFiles("bloom");
        tokenizer = TextTokenizer.Load(json.Folder);
        Assert.Equal(
            "the", tokenizer.Decode([.. tokenizer.Encode("the"), tokenizer.VocabularySize], skipSpecialTokens));
    }

    [Fact]
    public void Load_Configuration_SetsSpecialTokens()
    {
        using var files = new TinyTokenizer(Pieces);
        files.Write("tokenizer_config.json", """
            {"bos_token": {"content": "</s>"}, "eos_token": "<s>", "unk_token": "", "pad_token": "a",
             "add_bos_token": false, "add_eos_token": true}
            """);
        var tokenizer = TextTokenizer.Load(files.Folder);
        Assert.Equal((2, 1, 0), (tokenizer.BosId, tokenizer.EosId, tokenizer.UnkId));
        Assert.True(tokenizer.IsSpecial(263));
        Assert.Equal([261, 1], tokenizer.Encode("b"));
    }

    [Fact]
    public void Load_SpecialTokensMap_CompletesTheConfiguration()
    {
        using var files = new TinyTokenizer(Pieces);
        files.Write("tokenizer_config.json", """{"eos_token": "aa", "bos_token": null}""");
        files.Write("special_tokens_map.json", """{"eos_token": "ab", "bos_token": "b"}""");
        var tokenizer = TextTokenizer.Load(files.Folder);
        Assert.Equal((264, 259), (tokenizer.BosId, tokenizer.EosId));
    }

    [Theory]
    [InlineData("""{"eos_token": "<end>"}""", "eos_token '<end>'")]
    [InlineData("""{"eos_token": 3}""", "'eos_token'")]
    [InlineData("""{"add_bos_token": "yes"}""", "'add_bos_token'")]
    [InlineData("[]", "expected an object")]
    public void Load_BadConfiguration_NamesTheKey(string configuration, string expected)
    {
        using var files = new TinyTokenizer(Pieces);
        files.Write("tokenizer_config.json", configuration);
        var error = Assert.Throws<InvalidDataException>(() => TextTokenizer.Load(files.Folder));
        Assert.Contains(expected, error.Message);
    }

    [Fact]
    public void Load_NoTokenizerModel_SaysWhatIsExpected()
    {
        using var files = new TinyTokenizer(Pieces);
        File.Delete(Path.Combine(files.Folder, "tokenizer.model"));
        var error = Assert.Throws<InvalidDataException>(() => TextTokenizer.Load(files.Folder));
        Assert.Contains("expected 'tokenizer.model' (SentencePiece), 'tokenizer.json'", error.Message);
        Assert.Contains(files.Folder, error.Message);
    }

    [Fact]
    public void Load_NoFolder_Throws() =>
        Assert.Throws<InvalidDataException>(() => TextTokenizer.Load(Path.Combine(Path.GetTempPath(), "lonas-none")));

    [Theory]
    [InlineData("")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 499723\n")]
    public void Load_NoSentencePieceModel_NamesTheFile(string content)
    {
        using var files = new TinyTokenizer(Pieces);
        files.Write("tokenizer.model", content);
        var error = Assert.Throws<InvalidDataException>(() => TextTokenizer.Load(files.Folder));
        Assert.Contains("tokenizer.model", error.Message);
    }

    [Fact]
    public void Load_TruncatedModel_NamesTheFile()
    {
        using var files = new TinyTokenizer(Pieces);
        var path = Path.Combine(files.Folder, "tokenizer.model");
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..1000]);
        var error = Assert.Throws<InvalidDataException>(() => TextTokenizer.Load(files.Folder));
        Assert.Contains("tokenizer.model", error.Message);
    }

    [Theory]
    [InlineData(1, 1)] // unigram
    [InlineData(2, 4)] // user-defined pieces
    public void Load_UnsupportedModel_IsRefused(int modelType, int pieceType)
    {
        using var files = new TinyTokenizer(Pieces, modelType, pieceType);
        Assert.Throws<InvalidDataException>(() => TextTokenizer.Load(files.Folder));
    }

    internal static IEnumerable<JsonElement> Golden(string folder, string part)
    {
        var path = Path.Combine(Repository.Root, "tests/LoNas.Tests/Text/sentencepiece_golden.json");
        return ReadJson(path).GetProperty(folder).GetProperty(part).EnumerateArray();
    }

    internal static int[] Ids(JsonElement item) =>
        [.. item.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];

    private static JsonElement ReadJson(string path) => JsonDocument.Parse(File.ReadAllText(path)).RootElement;
}
