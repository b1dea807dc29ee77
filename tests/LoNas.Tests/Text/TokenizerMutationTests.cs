using System.Text;
using LoNas.Tests.Support;
using LoNas.Text;

namespace LoNas.Tests.Text;

/// <summary>Damaged files either work or give the two exceptions that callers expect.</summary>
public sealed class TokenizerMutationTests
{
    private const string Text = "It's the answer: 12 + 7\n <s> [MASK] é你🙂</s>";

    private static readonly string[] Tokens =
        ["null", "-1", "\"\"", "[]", "{}", "true", "1e400", "99999999999", "\"\\ud800\"", "\"▁\"", "\"[\"", "\"(a*)*b\""];

    [Theory]
    [InlineData("bloom", 400)]
    [InlineData("llama3", 400)]
    [InlineData("flags", 400)]
    [InlineData("llama-fast", 400)]
    [InlineData("metaspace-fused", 300)]
    [InlineData("bert", 400)]
    public void Load_DamagedJson_GivesOneClearError(string kind, int count)
    {
        using var files = new TokenizerFiles();
        var original = TokenizerFiles.Json(kind);
        var random = new Random(7);
        int refused = 0;
        for (int i = 0; i < count; i++)
        {
            files.Write("tokenizer.json", i % 2 == 0
                ? Damage.Of(Encoding.UTF8.GetBytes(original), random)
                : Encoding.UTF8.GetBytes(ReplaceValue(original, random)));
            refused += Try(files.Folder) ? 0 : 1;
        }

        Assert.InRange(refused, count / 10, count);
    }

    [Fact]
    public void Load_DamagedVocabularyOrModel_GivesOneClearError()
    {
        using var vocabulary = new TokenizerFiles();
        using var model = new TinyTokenizer(["aa", "ab", "▁b", "▁"]);
        var path = Path.Combine(model.Folder, "tokenizer.model");
        var (words, pieces) = (Encoding.UTF8.GetBytes(TokenizerFiles.BertVocabulary()), File.ReadAllBytes(path));
        var random = new Random(8);
        int refused = 0;
        for (int i = 0; i < 500; i++)
        {
            vocabulary.Write("vocab.txt", Damage.Of(words, random));
            File.WriteAllBytes(path, Damage.Of(pieces, random));
            refused += (Try(vocabulary.Folder) ? 0 : 1) + (Try(model.Folder) ? 0 : 1);
        }

        Assert.InRange(refused, 50, 999);
    }

    [Fact]
    public void Load_DamagedAddedTokens_GivesOneClearError()
    {
        const string Configuration = """
            {"added_tokens_decoder": {"1": {"content": "<s>", "special": true},
             "263": {"content": "[MASK]", "lstrip": true},
             "270": {"content": "12", "normalized": false, "single_word": true}}, "eos_token": {"content": "[MASK]"}}
            """;
        const string List = """{"[MASK]": 263, "answer": 264, "🙂": 300}""";
        using var files = new TinyTokenizer(["aa", "ab", "▁b", "▁"]);
        var random = new Random(9);
        int refused = 0;
        for (int i = 0; i < 500; i++)
        {
            (string, string)[] both = [("tokenizer_config.json", Configuration), ("added_tokens.json", List)];
            foreach (var (name, original) in both)
            {
                var bytes = i % 2 == 0
                    ? Damage.Of(Encoding.UTF8.GetBytes(original), random)
                    : Encoding.UTF8.GetBytes(ReplaceValue(original, random));
                File.WriteAllBytes(Path.Combine(files.Folder, name), bytes);
                refused += Try(files.Folder) ? 0 : 1;
                files.Write(name, original);
            }
        }

        Assert.InRange(refused, 100, 999);
    }

    private static bool Try(string folder)
    {
        try
        {
            var tokenizer = TextTokenizer.Load(folder);
            var ids = tokenizer.Encode(Text);
            tokenizer.Decode(ids, skipSpecialTokens: true);
            tokenizer.EncodePair("a", Text, 12);
            return true;
        }
        catch (Exception error) when (error is InvalidDataException or ArgumentException)
        {
            return false;
        }
    }

    // Another value after one of the colons, or in place of a word outside the lists.
    private static string ReplaceValue(string json, Random random)
    {
        int end = json.IndexOf("\"vocab\"", StringComparison.Ordinal) is >= 0 and var found ? found : json.Length;
        var colons = Enumerable.Range(0, json.Length).Where(i => json[i] == ':' && (i < end || i % 40 == 0)).ToArray();
        int colon = colons[random.Next(colons.Length)];
        int stop = json.AsSpan(colon + 1).IndexOfAny(",}]");
        return json[..(colon + 1)] + Tokens[random.Next(Tokens.Length)] + json[(colon + 1 + Math.Max(stop, 0))..];
    }
}
