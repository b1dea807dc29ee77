using System.Text.Json;
using LoNas.Tests.Support;
using LoNas.Text;

namespace LoNas.Tests.Text;

/// <summary>Compares with the original tokenizers library; see Fixtures/tokenizers/generate.cjs.</summary>
public sealed class TokenizerGoldenTests
{
    private static readonly string Root = Path.Combine(Repository.Root, "tests/LoNas.Tests/Fixtures/tokenizers");

    public static TheoryData<string> Kinds { get; } =
    [
        "bloom", "llama3", "qwen2", "gpt2", "gpt2-prefix", "flags", "llama-fast", "llama-added", "llama-metaspace",
        "metaspace", "metaspace-fused", "bert", "bert-cased",
    ];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Encode_EveryText_GivesTheSameIds(string kind)
    {
        var tokenizer = TextTokenizer.Load(Path.Combine(Root, kind));
        var golden = Golden(kind);
        Assert.Equal(golden.GetProperty("size").GetInt32(), tokenizer.VocabularySize);
        AssertEncodes(tokenizer, golden);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Decode_EverySequence_GivesTheSameText(string kind)
    {
        var tokenizer = TextTokenizer.Load(Path.Combine(Root, kind));
        var wrong = new List<string>();
        foreach (var item in Golden(kind).GetProperty("decoded").EnumerateArray())
        {
            var ids = TextTokenizerTests.Ids(item);
            Check(wrong, item.GetProperty("kept").GetString()!, tokenizer.Decode(ids, skipSpecialTokens: false), ids);
            Check(wrong, item.GetProperty("skipped").GetString()!, tokenizer.Decode(ids, skipSpecialTokens: true), ids);
        }

        Assert.Empty(wrong);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void EncodePair_EveryPairAndLength_GivesTheSameIdsAndTypes(string kind)
    {
        var tokenizer = TextTokenizer.Load(Path.Combine(Root, kind));
        AssertPairs(tokenizer, Golden(kind));
    }

    /// <summary>For the tokenizers of published models, two implementations agree on the recorded values.</summary>
    [Theory]
    [InlineData("bloom")]
    [InlineData("llama3")]
    [InlineData("qwen2")]
    [InlineData("gpt2")]
    [InlineData("llama-fast")]
    [InlineData("llama-metaspace")]
    [InlineData("bert-cased")]
    public void Golden_PublishedKind_IsThatOfHuggingFacesJavaScriptToo(string kind) =>
        Assert.Empty(Read("crosscheck.json").GetProperty(kind).EnumerateArray());

    [Fact]
    public void Encode_BertVocabularyFile_GivesTheIdsOfTokenizerJson()
    {
        var tokenizer = TextTokenizer.Load(Path.Combine(Root, "bert-vocab"));
        AssertEncodes(tokenizer, Golden("bert"));
        AssertPairs(tokenizer, Golden("bert"));
    }

    internal static void AssertEncodes(TextTokenizer tokenizer, JsonElement golden)
    {
        var texts = Read("texts.json").EnumerateArray().Select(item => item.GetString()!).ToArray();
        var ids = golden.GetProperty("encoded").EnumerateArray().Select(Numbers).ToArray();
        Assert.Equal(texts.Length, ids.Length);
        var wrong = texts.Zip(ids)
            .Where(item => !tokenizer.Encode(item.First).SequenceEqual(item.Second))
            .Select(item => $"{JsonSerializer.Serialize(item.First)}: {string.Join(' ', item.Second)} "
                + $"but {string.Join(' ', tokenizer.Encode(item.First))}");
        Assert.Empty(wrong);
    }

    private static void AssertPairs(TextTokenizer tokenizer, JsonElement golden)
    {
        foreach (var item in golden.GetProperty("pairs").EnumerateArray())
        {
            int length = item.GetProperty("maxLength").GetInt32();
            var (first, second) = (item.GetProperty("first").GetString()!, item.GetProperty("second").GetString()!);
            var pair = tokenizer.EncodePair(first, second, length == 0 ? null : length);
            Assert.Equal(Numbers(item.GetProperty("ids")), pair.InputIds);
            Assert.Equal(Numbers(item.GetProperty("types")), pair.TokenTypeIds);
        }
    }

    private static void Check(List<string> wrong, string expected, string actual, int[] ids)
    {
        if (expected != actual)
        {
            wrong.Add($"{string.Join(' ', ids)}: {JsonSerializer.Serialize(expected)} "
                + $"but {JsonSerializer.Serialize(actual)}");
        }
    }

    private static int[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(id => id.GetInt32())];

    internal static JsonElement Golden(string kind) => Read(Path.Combine(kind, "golden.json"));

    private static JsonElement Read(string name) =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(Root, name))).RootElement;
}
