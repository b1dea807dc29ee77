using LoNas.Export;
using LoNas.Tests.Support;
using LoNas.Text;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Tests.Export;

/// <summary>The model families that llama.cpp supports, with their tokenizers.</summary>
public sealed class GgufFamilyTests : IDisposable
{
    private const string Text = "Tom has 12345 apples, he's happy! Übung 123\n\n  x";

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("qwen2-tiny", "qwen2", "qwen2")]
    [InlineData("mistral-tiny", "llama-fast", "llama")]
    [InlineData("llama-gqa-tiny", "llama3", "llama")]
    [InlineData("llama-tiny", "gpt2", "llama")]
    public void Save_TinyModel_SameTextAndTokensInLlamaCpp(string model, string tokenizer, string architecture)
    {
        LlamaCpp.Require();
        var folder = WithTokenizer(model, tokenizer);
        var path = _folder.Path("model.gguf");

        var report = ExportRuns.Gguf(new OpenOptions { Model = folder }, path);

        Assert.Equal(architecture, report.Architecture);
        Assert.InRange(report.Check!.Relative, 0, 1e-5);
        int[] prompt = [5, 17, 9, 200];
        var result = Assert.Single(LlamaCpp.Run(new LlamaCppCase(path, prompt, 16, Text: Text)));
        Assert.Equal(TrainedUneven.Greedy(folder, prompt, 16), result.Ids);
        var own = TextTokenizer.Load(folder);
        var ids = own.Encode(Text);
        Assert.Equal(ids.Length > 0 && own.IsSpecial(ids[0]) ? ids[1..] : ids, result.Tokens!);
    }

    [Theory]
    [InlineData("flags")]
    [InlineData("gpt2-prefix")]
    public void Save_TokenizerWithoutAName_Refused(string tokenizer)
    {
        var folder = WithTokenizer("llama-tiny", tokenizer);

        var error = Assert.Throws<InvalidDataException>(
            () => ExportRuns.Gguf(new OpenOptions { Model = folder }, _folder.Path("model.gguf")));

        Assert.Contains("llama.cpp has no name", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.Path("model.gguf")));
    }

    [Fact]
    public void Save_ExpressionThatSharesAPartWithAKnownOne_Refused()
    {
        var folder = WithTokenizer("llama-tiny", "llama3");
        var file = Path.Combine(folder, "tokenizer.json");
        File.WriteAllText(file, File.ReadAllText(file).Replace("(?i:'s|", "(?i:'s|'x|", StringComparison.Ordinal));

        var error = Assert.Throws<InvalidDataException>(
            () => ExportRuns.Gguf(new OpenOptions { Model = folder }, _folder.Path("model.gguf")));

        Assert.Contains("llama.cpp has no name", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Save_OrdinaryTokensBeyondTheModel_Refused()
    {
        var folder = WithTokenizer("llama-tiny", "gpt2", vocabulary: 330);

        var error = Assert.Throws<InvalidDataException>(
            () => ExportRuns.Gguf(new OpenOptions { Model = folder }, _folder.Path("model.gguf")));

        Assert.Contains("351 tokens and the model's vocab_size is 330", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(430, false)]
    [InlineData(432, true)]
    public void Save_AddedTokensBeyondTheModel_LeftOut(int vocabulary, bool isThere)
    {
        var path = _folder.Path("model.gguf");

        ExportRuns.Gguf(new OpenOptions { Model = WithTokenizer("llama-tiny", "llama-added", vocabulary) }, path);

        Assert.Equal(isThere, File.ReadAllBytes(path).AsSpan().IndexOf("[MASK] x"u8) >= 0);
    }

    [Fact]
    public void Require_OverTolerance_NamesBothAndTheWayOut()
    {
        var error = Assert.Throws<SelfCheckException>(() => new LogitDifference(0.9, 0.11, 0.05).Require("small"));

        Assert.Contains("removed", error.Message, StringComparison.Ordinal);
        Assert.Throws<SelfCheckException>(() => new LogitDifference(double.NaN, double.NaN, 0.05).Require("small"));
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>
    /// A recorded model whose vocabulary is enlarged to that of the recorded tokenizer by repeating rows.
    /// </summary>
    private string WithTokenizer(string model, string tokenizer, int vocabulary = 432)
    {
        using var scope = NewDisposeScope();
        var folder = Directory.CreateDirectory(_folder.Path("model")).FullName;
        using (var weights = WeightFolder.Open(Repository.Fixture(model)))
        {
            SafetensorsWriter.Save(
                Path.Combine(folder, "model.safetensors"),
                [.. weights.Names.Select(name => (name, Widened(weights.Load(name), vocabulary)))]);
        }

        File.WriteAllText(
            Path.Combine(folder, "config.json"),
            File.ReadAllText(Repository.Fixture(model, "config.json"))
                .Replace("\"vocab_size\": 320", $"\"vocab_size\": {vocabulary}", StringComparison.Ordinal));
        File.Copy(
            Repository.Fixture("tokenizers", tokenizer, "tokenizer.json"), Path.Combine(folder, "tokenizer.json"));
        return folder;
    }

    // Rows with changes, since equal logits would make the greedy text depend on chance.
    private static Tensor Widened(Tensor tensor, int rows) => tensor.shape[0] != 320
        ? tensor
        : cat([tensor, tensor.narrow(0, 0, rows - 320) * 0.5]);
}
