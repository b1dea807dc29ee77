using System.Text.Json;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;
using LoNas.Text;

namespace LoNas.Tests.FieldCases;

/// <summary>
/// <c>"legacy": false</c> of a tokenizer_config.json. The ids were found with Transformers 4.31's rule around a merge
/// written in Python.
/// </summary>
public sealed class LegacyTokenizerTests
{
    private static string Folder => SharedData.Path("field-cases", "legacy-false");

    [Fact]
    public void Generate_LegacyFalse_GoesOnAfterTheEndTokenWithoutASpace()
    {
        var run = CliRun.Of(
            "generate", "--model_name_or_path", Folder, "--prompt", "One day</s>\nTom", "--raw", "--max_new_tokens",
            "6", "--device", "cpu", "--json");

        Assert.Equal(0, run.ExitCode);
        var ids = JsonDocument.Parse(run.Output).RootElement.GetProperty("sequences")[0].EnumerateArray()
            .Select(id => id.GetInt32());
        Assert.Equal([1, 385, 328, 2, 13, 434, 287, 269, 317, 263, 377, 267, 265], ids);
    }

    [Theory]
    [InlineData("One day</s>\nTom", 1, 385, 328, 2, 13, 434, 287)]
    [InlineData("</s>Tom", 1, 2, 434, 287)]
    [InlineData("</s> Tom", 1, 2, 410, 274, 287)]
    [InlineData("a</s>b <s> c<unk></s>", 1, 261, 2, 430, 410, 1, 410, 280, 0, 2)]
    [InlineData("▁a</s>▁b", 1, 410, 261, 2, 410, 268)]
    [InlineData("</s>", 1, 2)]
    [InlineData("the</s>.", 1, 265, 2, 426)]
    [InlineData("One</s>\n\n", 1, 385, 2, 13, 13)]
    [InlineData("Lily said</s>\"Go!\"</s>", 1, 317, 336, 2, 436, 463, 414, 443, 436, 2)]
    [InlineData("x</s>é", 1, 410, 444, 2, 485)]
    [InlineData("", 1)]
    // Words that are no piece without their space, which 4.31 makes unknown.
    [InlineData("<s>Lily", 1, 1, 438, 310)]
    [InlineData("Hi</s></s>the", 1, 320, 417, 2, 2, 413, 260)]
    [InlineData("a</s>saw the dog", 1, 261, 2, 419, 412, 424, 265, 400, 428)]
    public void Encode_LegacyFalse_PutsNoSpaceAfterSpecialTokens(string text, params int[] ids) =>
        Assert.Equal(ids, TextTokenizer.Load(Folder).Encode(text));

    [Theory]
    [InlineData("")]
    [InlineData(", \"legacy\": null")]
    [InlineData(", \"legacy\": true")]
    public void Encode_LegacyNotFalse_PutsTheSpace(string setting)
    {
        using var folder = new TemporaryFolder();
        File.Copy(Path.Combine(Folder, "tokenizer.model"), folder.Path("tokenizer.model"));
        File.WriteAllText(folder.Path("tokenizer_config.json"), "{\"eos_token\": \"</s>\"" + setting + "}");

        Assert.Equal([1, 2, 274, 287], TextTokenizer.Load(folder.Root).Encode("</s>Tom"));
    }

    [Fact]
    public void Push_LegacyFalse_GivesWhatDecodeGives()
    {
        var tokenizer = TextTokenizer.Load(Folder);
        int[] ids = tokenizer.Encode("One</s>Tom é</s> <s>\nthe");
        foreach (bool skips in new[] { true, false })
        {
            var stream = new TokenStream(tokenizer, skips);
            var text = string.Concat(ids.Select(stream.Push)) + stream.Flush();

            Assert.Equal(tokenizer.Decode(ids, skips), text);
        }
    }
}
