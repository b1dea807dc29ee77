using System.Text;
using System.Text.Json.Nodes;
using LoNas.Export.Gguf;
using LoNas.Tests.Support;
using LoNas.Text;

namespace LoNas.Tests.Text;

/// <summary>Tokens that tokenizer_config.json and added_tokens.json add to a tokenizer.model or vocab.txt.</summary>
public sealed class AddedTokensTests
{
    private const string Decoder = """
        {"added_tokens_decoder": {"1": {"content": "<s>", "special": true},
         "266": {"content": "<|im_end|>", "lstrip": false, "special": true},
         "270": {"content": "<tool>", "rstrip": true, "single_word": false, "normalized": true, "special": false}},
         "eos_token": "<|im_end|>"}
        """;

    private static readonly string[] Pieces = ["aa", "ab", "▁b", "▁", "a", "b", "</"];

    [Theory]
    [InlineData("b<|im_end|>b", new[] { 1, 261, 266, 261 })]
    [InlineData("b<tool>  b", new[] { 1, 261, 270, 261 })] // it takes the spaces on its right
    [InlineData("b<|im_end|>  b", new[] { 1, 261, 266, 262, 262, 261 })]
    [InlineData("<tool><|im_end|><s>", new[] { 1, 270, 266, 1 })]
    public void Encode_AddedTokensDecoder_GivesItsIds(string text, int[] expected)
    {
        using var files = new TinyTokenizer(Pieces);
        files.Write("tokenizer_config.json", Decoder);
        Assert.Equal(expected, TextTokenizer.Load(files.Folder).Encode(text));
    }

    // What _decode and convert_tokens_to_string of the slow LlamaTokenizer give.
    [Theory]
    [InlineData(new[] { 1, 261, 266, 261 }, "<s>b <|im_end|> b", "b b")]
    [InlineData(new[] { 261, 270, 261 }, "b <tool> b", "b <tool> b")]
    [InlineData(new[] { 270, 1, 261 }, "<tool> <s>b", "<tool> b")]
    [InlineData(new[] { 261, 1, 270 }, " b<s> <tool>", "b <tool>")]
    [InlineData(new[] { 3 + 0xC3, 270, 266, 3 + 0xA9 }, "\ufffd <tool> <|im_end|> \ufffd", "\ufffd <tool> \ufffd")]
    [InlineData(new[] { 261, 268, 261, 271, 32000 }, "b b", "b b")] // ids without token
    [InlineData(new[] { 3 + 0xC3, int.MaxValue, 3 + 0xA9 }, "é", "é")]
    public void Decode_AddedTokensDecoder_WritesOrSkipsThem(int[] ids, string kept, string skipped)
    {
        using var files = new TinyTokenizer(Pieces);
        files.Write("tokenizer_config.json", Decoder);
        var tokenizer = TextTokenizer.Load(files.Folder);
        Assert.Equal(kept, tokenizer.Decode(ids, skipSpecialTokens: false));
        Assert.Equal(skipped, tokenizer.Decode(ids, skipSpecialTokens: true));
    }

    [Fact]
    public void Load_AddedTokensDecoder_NamesTheEndAndTheSize()
    {
        using var files = new TinyTokenizer(Pieces);
        files.Write("tokenizer_config.json", Decoder);
        var tokenizer = TextTokenizer.Load(files.Folder);
        Assert.Equal((1, 266, 271), (tokenizer.BosId, tokenizer.EosId, tokenizer.VocabularySize));
        Assert.Equal([true, false, false], new[] { 266, 270, 268 }.Select(tokenizer.IsSpecial));
        Assert.Equal([1, 266, 261, 270],
            new[] { "<s>", "<|im_end|>", "▁b", "<tool>" }.Select(name => tokenizer.FindId(name) ?? -1));
    }

    [Fact]
    public void Load_AddedTokensFile_MakesNamedOnesSpecialAndYieldsToTheDecoder()
    {
        using var files = new TinyTokenizer(Pieces);
        files.Write("added_tokens.json", """{"[PAD]": 266, "<fn>": 268, "<other>": 267, "<far>": 900}""");
        files.Write("tokenizer_config.json", """
            {"pad_token": {"content": "[PAD]"}, "additional_special_tokens": ["<far>"], "add_bos_token": false,
             "added_tokens_decoder": {"267": {"content": "<mine>"}, "269": {"content": "<fn>"}}}
            """);
        var tokenizer = TextTokenizer.Load(files.Folder);
        Assert.Equal((266, 901), (tokenizer.PadId, tokenizer.VocabularySize));
        Assert.Equal([266, 269, 267, 900], tokenizer.Encode("[PAD]<fn><mine><far>"));
        Assert.Null(tokenizer.FindId("<other>"));
        Assert.Equal("<fn> <mine>", tokenizer.Decode([266, 269, 267, 900], skipSpecialTokens: true));
    }

    [Theory]
    [InlineData("""{"x5": {"content": "<a>"}}""", "'x5'", "whole number")]
    [InlineData("""{"-1": {"content": "<a>"}}""", "'-1'", "whole number")]
    [InlineData("""{"266.0": {"content": "<a>"}}""", "'266.0'", "whole number")]
    [InlineData("""{"2147483648": {"content": "<a>"}}""", "'2147483648'", "whole number")]
    [InlineData("""{"2147483647": {"content": "<a>"}}""", "['2147483647']", "'<a>', far beyond the 267 tokens")]
    [InlineData("""{"266": {"content": "<a>"}, "0266": {"content": "<b>"}}""", "['0266']", "expected each once")]
    [InlineData("""{"266": {"content": "<a>"}, "267": {"content": "<a>"}}""", "['267']", "expected each once")]
    [InlineData("""{"266": {}}""", "['266'].content", "expected text")]
    [InlineData("""{"266": "<a>"}""", "['266']", "expected an object")]
    [InlineData("""{"266": {"content": "<a>", "special": 1}}""", "['266'].special", "true or false")]
    [InlineData("""["<a>"]""", "'added_tokens_decoder'", "expected an object")]
    [InlineData("""{"259": {"content": "<a>"}}""", "the id 259 to '<a>'", "the id of 'aa'")]
    [InlineData("""{"266": {"content": "aa"}}""", "the id 266 to 'aa'", "has the id 259")]
    public void Load_BadDecoder_NamesFileAndEntry(string decoder, params string[] expected)
    {
        using var files = new TinyTokenizer(Pieces);
        files.Write("tokenizer_config.json", $$"""{"added_tokens_decoder": {{decoder}}}""");
        var error = Assert.Throws<InvalidDataException>(() => TextTokenizer.Load(files.Folder));
        Assert.All([.. expected, "tokenizer_config.json"], part => Assert.Contains(part, error.Message));
    }

    [Theory]
    [InlineData("""{"<a>": -1}""", "['<a>']")]
    [InlineData("""{"<a>": "266"}""", "['<a>']")]
    [InlineData("""{"<a>": 2147483648}""", "['<a>']")]
    [InlineData("""{"<a>": 2147483647}""", "far beyond")]
    [InlineData("""{"<a>": 266, "<b>": 266}""", "'<b>', but an entry before it")]
    [InlineData("""{"<a>": 259}""", "the id of 'aa'")]
    [InlineData("""{"<a>": 266""", "not valid JSON")]
    [InlineData("[]", "expected an object")]
    public void Load_BadAddedTokensFile_NamesFileAndEntry(string list, string expected)
    {
        using var files = new TinyTokenizer(Pieces);
        files.Write("added_tokens.json", list);
        var error = Assert.Throws<InvalidDataException>(() => TextTokenizer.Load(files.Folder));
        Assert.All([expected, "added_tokens.json"], part => Assert.Contains(part, error.Message));
    }

    [Fact]
    public void Encode_TokenizerModelOfTheGoldenOne_GivesItsIds()
    {
        var root = JsonNode.Parse(TokenizerFiles.Json("llama-added"))!;
        var pieces = root["model"]!["vocab"]!.AsObject().OrderBy(entry => (int)entry.Value!)
            .Skip(TinyTokenizer.FirstPieceId).Select(entry => entry.Key).ToArray();
        using var files = new TinyTokenizer(pieces);
        var configuration = new JsonObject { ["added_tokens_decoder"] = new JsonObject() };
        foreach (var token in root["added_tokens"]!.AsArray())
        {
            configuration["added_tokens_decoder"]![$"{token!["id"]}"] = token.DeepClone();
        }

        files.Write("tokenizer_config.json", configuration.ToJsonString());
        var tokenizer = TextTokenizer.Load(files.Folder);
        TokenizerGoldenTests.AssertEncodes(tokenizer, TokenizerGoldenTests.Golden("llama-added"));
    }

    [Fact]
    public void Encode_LlamaWithAddedEnd_EncodesTheStretchesAsWithout()
    {
        var source = SharedData.Path("tokenizers", "llama", "tokenizer.model");
        using var files = new TinyTokenizer(Pieces);
        File.Copy(source, Path.Combine(files.Folder, "tokenizer.model"), overwrite: true);
        var plain = TextTokenizer.Load(files.Folder);
        files.Write("tokenizer_config.json", Decoder.Replace("266", "32000").Replace("270", "32010"));
        var tokenizer = TextTokenizer.Load(files.Folder);
        int[] expected =
            [.. plain.Encode("What is 12 + 7?"), 32000, .. plain.Encode("\nThe answer is 19.")[1..], 32010];
        Assert.Equal(expected, tokenizer.Encode("What is 12 + 7?<|im_end|>\nThe answer is 19.<tool>"));
        Assert.Equal((32000, 32011), (tokenizer.EosId, tokenizer.VocabularySize));
        Assert.Equal("What is 12 + 7? \nThe answer is 19. <tool>", tokenizer.Decode(expected, skipSpecialTokens: true));
    }

    [Fact]
    public void Encode_VocabularyFile_FindsAddedTokens()
    {
        using var files = new TokenizerFiles();
        files.Write("vocab.txt", "[PAD]\n[UNK]\n[SEP]\na\n##b\n");
        files.Write("added_tokens.json", """{"<E1>": 5, "[CLS]": 7, "[MASK]": 6}""");
        var tokenizer = TextTokenizer.Load(files.Folder);
        // Not special, so it is matched in the lowercased text.
        Assert.Equal([7, 3, 5, 3, 4, 6, 2], tokenizer.Encode("A<e1>ab[MASK]"));
        Assert.Equal("a <E1> ab", tokenizer.Decode([7, 3, 5, 3, 4, 6, 2, 8], skipSpecialTokens: true));
        Assert.Equal(8, tokenizer.VocabularySize);
    }

    [Fact]
    public void Describe_AddedTokens_GoIntoGgufByName()
    {
        using var files = new TinyTokenizer(Pieces);
        files.Write("tokenizer_config.json", Decoder);
        var metadata = GgufTokenizer.Describe(new GgufMetadata(), files.Folder, 272);
        var bytes = Encoding.UTF8.GetString(metadata.Bytes);
        Assert.All(["<|im_end|>", "<tool>", "[PAD1]", "[PAD5]"], name => Assert.Contains(name, bytes));
        Assert.All(["[PAD0]", "[PAD4]"], name => Assert.DoesNotContain(name, bytes));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Push_RandomIdsWithAddedTokens_JoinToDecode(bool skipSpecialTokens)
    {
        using var files = new TinyTokenizer(Pieces);
        files.Write("tokenizer_config.json", Decoder);
        var tokenizer = TextTokenizer.Load(files.Folder);
        var random = new Random(5);
        for (int round = 0; round < 200; round++)
        {
            int[] ids = [.. Enumerable.Range(0, 12)
                .Select(_ => random.Next(2) == 0 ? random.Next(3) : random.Next(240, 275))];
            var stream = new TokenStream(tokenizer, skipSpecialTokens);
            var text = new StringBuilder().AppendJoin("", ids.Select(stream.Push)).Append(stream.Flush());
            Assert.Equal(tokenizer.Decode(ids, skipSpecialTokens), text.ToString());
            int[] known = [.. ids.Where(id => id < 267 || id == 270)];
            Assert.Equal(tokenizer.Decode(known, skipSpecialTokens), text.ToString());
        }
    }
}
