using System.Text.Json.Nodes;
using LoNas.Tests.Support;
using LoNas.Text;

namespace LoNas.Tests.Text;

public sealed class TokenizerJsonTests
{
    [Theory]
    [InlineData("model", "type", "\"Unigram\"", "'model.type'", "\"Unigram\"")]
    [InlineData("model", "dropout", "0.1", "'model.dropout'", "0.1")]
    [InlineData("model", "continuing_subword_prefix", "\"@@\"", "'model.continuing_subword_prefix'", "@@")]
    [InlineData("model", "unk_token", "\"none\"", "'model.unk_token'", "none")]
    [InlineData("model", "merges", "[\"a b c\"]", "'model.merges[0]'", "a b c")]
    [InlineData("model", "merges", "[[\"a\", \"zz\"]]", "'model.merges[0]'", "lacks 'zz'")]
    [InlineData("model", "vocab", "{}", "'model.vocab'", "at least one piece")]
    [InlineData("", "added_tokens", "[{\"id\": 2147483647, \"content\": \"far\"}]", "the id", "2147483647")]
    [InlineData("model", "vocab", "{\"a\": 1, \"b\": 1}", "'model.vocab'", "id 1")]
    [InlineData("model", "vocab", "{\"a\": -1}", "'model.vocab['a']'", "-1")]
    [InlineData("pre_tokenizer", "type", "\"UnicodeScripts\"", "'pre_tokenizer.type'", "UnicodeScripts")]
    [InlineData("decoder", "type", "\"CTC\"", "'decoder'", "CTC")]
    [InlineData("post_processor", "type", "\"Other\"", "'post_processor.type'", "Other")]
    [InlineData("", "normalizer", "{\"type\": \"Nmt\"}", "'normalizer.type'", "Nmt")]
    [InlineData("", "normalizer", "{\"type\": \"Precompiled\"}", "'normalizer.type'", "Precompiled")]
    [InlineData("", "decoder", "null", "'decoder'", "null")]
    [InlineData("", "added_tokens", "[{\"id\": 5, \"content\": \"a\"}]", "'added_tokens[0].id'", "5")]
    public void Load_UnsupportedValue_NamesKeyAndValue(
        string parent, string key, string value, string place, string shown)
    {
        using var files = new TokenizerFiles("gpt2");
        files.Change(root => (parent.Length == 0 ? root : root[parent]!)[key] = JsonNode.Parse(value));
        var error = Assert.Throws<InvalidDataException>(() => TextTokenizer.Load(files.Folder));
        Assert.Contains(place, error.Message);
        Assert.Contains(shown, error.Message);
    }

    [Theory]
    [InlineData("[^\\s]++")]
    [InlineData("[a&&b]")]
    [InlineData("[a[^b]]")]
    [InlineData("[[:alpha:]]")]
    [InlineData("\\p{Han}+")]
    [InlineData("(a")]
    [InlineData("[a")]
    [InlineData("a\\")]
    public void Load_PatternWithoutCounterpart_IsRefused(string pattern)
    {
        using var files = new TokenizerFiles("bloom");
        files.Change(root => root["pre_tokenizer"]!["pretokenizers"]![0]!["pattern"]!["Regex"] = pattern);
        var error = Assert.Throws<InvalidDataException>(() => TextTokenizer.Load(files.Folder));
        Assert.Contains("pre_tokenizer.pretokenizers[0].pattern.Regex", error.Message);
    }

    [Fact]
    public void Encode_PatternOfExponentialTime_EndsWithAnError()
    {
        using var files = new TokenizerFiles("bloom");
        files.Change(root => root["pre_tokenizer"]!["pretokenizers"]![0]!["pattern"]!["Regex"] = "(a+)+$b");
        var tokenizer = TextTokenizer.Load(files.Folder);
        var error = Assert.Throws<InvalidDataException>(() => tokenizer.Encode(new string('a', 60) + "!"));
        Assert.Contains("reasonable time", error.Message);
    }

    [Theory]
    [InlineData("tokenizer.model")]
    [InlineData("tokenizer.json")]
    public void Load_VocabularyUnderAnotherName_NamesTheFile(string name)
    {
        using var files = new TokenizerFiles();
        files.Write(name, TokenizerFiles.BertVocabulary());
        var error = Assert.Throws<InvalidDataException>(() => TextTokenizer.Load(files.Folder));
        Assert.Contains(name, error.Message);
    }

    [Theory]
    [InlineData("tokenizer.model")]
    [InlineData("vocab.txt")]
    public void Load_JsonUnderAnotherName_NamesTheFile(string name)
    {
        using var files = new TokenizerFiles();
        files.Write(name, TokenizerFiles.Json("gpt2"));
        var error = Assert.Throws<InvalidDataException>(() => TextTokenizer.Load(files.Folder));
        Assert.Contains(name, error.Message);
    }

    [Theory]
    [InlineData("llama3", "{}", new[] { 353 }, new int[0])]
    [InlineData("llama3", "{'bos_token': '<|begin_of_text|>', 'add_bos_token': false}", new int[0], new int[0])]
    [InlineData("llama3", "{'bos_token': '<|begin_of_text|>', 'add_bos_token': true}", new[] { 353 }, new int[0])]
    [InlineData(
        "llama3", "{'eos_token': {'content': '<|end_of_text|>'}, 'add_eos_token': true}", new[] { 353 }, new[] { 354 })]
    [InlineData("bloom", "{'bos_token': '<s>', 'eos_token': '</s>'}", new int[0], new int[0])]
    [InlineData("bloom", "{'bos_token': '<s>', 'add_bos_token': true}", new[] { 1 }, new int[0])]
    [InlineData(
        "llama-fast",
        "{'tokenizer_class': 'LlamaTokenizerFast', 'bos_token': '<s>', 'eos_token': '</s>', 'add_eos_token': true}",
        new[] { 1 }, new[] { 2 })]
    public void Encode_Configuration_DecidesOnBosAndEos(string kind, string configuration, int[] before, int[] after)
    {
        using var files = new TokenizerFiles(kind);
        files.Write("tokenizer_config.json", "{}");
        var bare = TextTokenizer.Load(files.Folder).Encode("the task");
        files.Write("tokenizer_config.json", configuration.Replace('\'', '"'));
        var ids = TextTokenizer.Load(files.Folder).Encode("the task");
        int[] plain = [.. bare.Where(id => id != (kind == "llama3" ? 353 : 1))];
        Assert.Equal([.. before, .. plain, .. after], ids);
    }

    [Fact]
    public void BosId_NoConfiguration_SaysWhatToName()
    {
        using var files = new TokenizerFiles("bloom");
        var error = Assert.Throws<InvalidDataException>(() => TextTokenizer.Load(files.Folder).BosId);
        Assert.Contains("bos_token", error.Message);
    }

    [Fact]
    public void Load_SpecialTokensMap_MakesItsTokensSpecial()
    {
        using var files = new TokenizerFiles("qwen2");
        files.Write(
            "special_tokens_map.json", """{"additional_special_tokens": ["<mask>"], "eos_token": "<|im_end|>"}""");
        var tokenizer = TextTokenizer.Load(files.Folder);
        int mask = tokenizer.FindId("<mask>")!.Value;
        Assert.True(tokenizer.IsSpecial(mask));
        Assert.Equal("a b", tokenizer.Decode([.. tokenizer.Encode("a"), mask, .. tokenizer.Encode(" b")], true));
        Assert.Equal(tokenizer.FindId("<|im_end|>"), tokenizer.EosId);
    }

    [Fact]
    public void Load_BothFiles_TakesTokenizerModel()
    {
        using var model = new TinyTokenizer(["aa"]);
        model.Write("tokenizer.json", TokenizerFiles.Json("gpt2"));
        Assert.Equal(260, TextTokenizer.Load(model.Folder).VocabularySize);
    }

    [Fact]
    public void EncodePair_NoRoomForSpecialTokens_Throws()
    {
        using var files = new TokenizerFiles("bert");
        var tokenizer = TextTokenizer.Load(files.Folder);
        Assert.Throws<ArgumentException>(() => tokenizer.EncodePair("a", "b", maxLength: 2));
        Assert.Equal([2, 3], tokenizer.EncodePair("a b", maxLength: 2).InputIds);
    }

    // The shared list has the special tokens in lower case, except [PAD].
    [Theory]
    [InlineData("Hello, World!", new[] { 101, 7592, 1010, 2088, 999, 102 })]
    [InlineData("H\u00e9llo w\u00f6rld unaffable", new[] { 101, 7592, 2088, 14477, 20961, 3468, 102 })]
    public void Encode_BertBaseUncased_GivesTheKnownIds(string text, int[] expected)
    {
        using var files = new TokenizerFiles();
        files.Write("vocab.txt", File.ReadAllText(SharedData.Path("tokenizers", "bert-base-uncased", "vocab.txt")));
        files.Write("tokenizer_config.json", """
            {"unk_token": "[unk]", "cls_token": "[cls]", "sep_token": "[sep]", "mask_token": "[mask]"}
            """);
        var tokenizer = TextTokenizer.Load(files.Folder);
        Assert.Equal(expected, tokenizer.Encode(text));
        Assert.Equal([101, 1037, 102, 1038, 102], tokenizer.EncodePair("a", "b").InputIds);
        Assert.Equal([0, 0, 0, 1, 1], tokenizer.EncodePair("a", "b").TokenTypeIds);
    }
}
