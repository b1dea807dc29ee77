using LoNas.Export.Extraction;
using LoNas.Export.Gguf;
using LoNas.Tests.Support;
using LoNas.Text;

namespace LoNas.Tests.Export;

/// <summary>Exported files give the same tokens in llama.cpp as their models give here.</summary>
public sealed class LlamaCppTests : IDisposable
{
    private static readonly int[] Bos = [1];

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Gguf_Stories_GoldenText()
    {
        LlamaCpp.Require();
        var stories = SharedData.Path("models", "stories260K");
        var golden = TextTokenizer.Load(stories);
        var types = new[] { GgufType.F32, GgufType.F16, GgufType.BF16, GgufType.Q8_0 };
        var files = types.Select(type => Export(new OpenOptions { Model = stories }, type)).ToArray();

        const string text = "Once upon a time, Tom had 7 apples";
        var results = LlamaCpp.Run([.. files.Select(file => new LlamaCppCase(file, Bos, 200, Text: text))]);

        Assert.Equal(
            File.ReadAllText(SharedData.Path("models", "stories260K", "golden_greedy_200.txt")).Trim(),
            golden.Decode([1, .. results[0].Ids], skipSpecialTokens: true).Trim());
        Assert.All(results, result => Assert.Equal(results[0].Ids.Take(8), result.Ids.Take(8)));
        Assert.All(results, result => Assert.Equal("llama", result.Architecture));
        Assert.Equal(golden.Encode(text).Skip(1), results[0].Tokens!);
    }

    [Theory]
    [InlineData("sample")]
    [InlineData("stories")]
    public void Gguf_TrainedHeuristicOfUnevenWidths_SameTokensAsTheMaskedModel(string name)
    {
        LlamaCpp.Require();
        using var trained = name == "sample" ? TrainedUneven.Sample() : TrainedUneven.Stories();
        var prompt = trained.Prompt;
        var masked = trained.MaskedGreedy("heuristic", prompt, 64);
        Assert.NotEqual(TrainedUneven.Greedy(trained.Source("heuristic").Model, prompt, 64), masked);
        var extracted = trained.FileOf("extracted");
        var report = ExportRuns.Extract(trained.Source("heuristic"), new ExtractionOptions { OutputDir = extracted });

        Assert.Equal(report.MlpWidths.Count, report.MlpWidths.Distinct().Count());
        Assert.Equal(masked, TrainedUneven.Greedy(extracted, prompt, 64));

        var fromFolder = Export(new OpenOptions { Model = extracted }, GgufType.F32);
        var direct = Export(trained.Source("heuristic"), GgufType.F32);
        var small = Export(trained.Source("heuristic"), GgufType.Q8_0);
        Assert.Equal(WithoutName(fromFolder), WithoutName(direct));
        var results = LlamaCpp.Run(
            new LlamaCppCase(fromFolder, prompt, 64), new LlamaCppCase(small, prompt, 8));
        Assert.Equal("deci", results[0].Architecture);
        Assert.Equal(masked, results[0].Ids);
        Assert.Equal(masked.Take(8), results[1].Ids);
    }

    [Fact]
    public void GgufLora_OnTheBasesOwnFile_SameTokensAsTheMaskedModel()
    {
        LlamaCpp.Require();
        using var trained = TrainedUneven.Sample();
        // Ranks are cut but widths are not, as required of an adapter for an uncut base.
        var ranks = trained.FileOf("ranks.json");
        File.WriteAllText(ranks, """{"width": {"0": 28, "1": 28, "2": 28, "3": 28, "9": 28}}""");
        var source = trained.Source(ranks);
        var adapter = _folder.Path("adapter.gguf");
        ExportRuns.GgufLora(source, adapter);
        var model = Export(new OpenOptions { Model = source.Model }, GgufType.F32);

        var prompt = trained.Prompt;
        var results = LlamaCpp.Run(
            new LlamaCppCase(model, prompt, 64), new LlamaCppCase(model, prompt, 64, Lora: adapter));

        Assert.Equal(TrainedUneven.Greedy(source.Model, prompt, 64), results[0].Ids);
        Assert.Equal(trained.MaskedGreedy(ranks, prompt, 64), results[1].Ids);
        Assert.NotEqual(results[0].Ids, results[1].Ids);
    }

    public void Dispose() => _folder.Dispose();

    private string Export(OpenOptions source, GgufType type)
    {
        var path = _folder.Path($"{Guid.NewGuid():n}.gguf");
        ExportRuns.Gguf(source, path, type);
        return path;
    }

    /// <summary>The bytes of the tensors, without the header, which contains the file name.</summary>
    private static byte[] WithoutName(string path)
    {
        var bytes = File.ReadAllBytes(path);
        return bytes[^(bytes.Length / 2)..];
    }
}
