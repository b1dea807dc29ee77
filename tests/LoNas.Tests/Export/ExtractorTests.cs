using System.Text.Json;
using LoNas.Cli.Output;
using LoNas.Export.Extraction;
using LoNas.Formats.Peft;
using LoNas.Models;
using LoNas.Storage;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Tests.Export;

/// <summary>Compares extracted models with the masked models they were cut from.</summary>
public sealed class ExtractorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Families => ["llama", "gqa", "bloom", "bert", .. ModernModel.Names];

    public static TheoryData<string, string> FamiliesAndSubAdapters => new MatrixTheoryData<string, string>(
        Families.Select(family => (string)family), ["heuristic", "minimal", "uneven"]);

    private string Output => _folder.Path("out");

    [Theory]
    [MemberData(nameof(FamiliesAndSubAdapters))]
    public void Extract_Merged_LogitsEqualTheMaskedModels(string family, string subAdapter)
    {
        using var scope = NewDisposeScope();
        var source = TinySource.Of(family, subAdapter, _folder);

        var report = ExportRuns.Extract(source, new ExtractionOptions { OutputDir = Output });

        Assert.InRange(TinySource.Relative(TinySource.MaskedLogits(source), TinySource.Logits(Output)), 0, 1e-5);
        Assert.InRange(report.Check!.Relative, 0, 1e-5);
        Assert.True(report.ResultBytes < report.SourceBytes);
        Assert.Equal(report.ResultBytes, BytesOfTensors(Output));
    }

    [Theory]
    [MemberData(nameof(FamiliesAndSubAdapters))]
    public void Extract_KeepAdapter_LogitsEqualTheMaskedModels(string family, string subAdapter)
    {
        using var scope = NewDisposeScope();
        var source = TinySource.Of(family, subAdapter, _folder);

        ExportRuns.Extract(source, new ExtractionOptions { OutputDir = Output, KeepAdapter = true });

        var logits = TinySource.Logits(Output, Path.Combine(Output, Extractor.AdapterFolder));
        Assert.InRange(TinySource.Relative(TinySource.MaskedLogits(source), logits), 0, 1e-5);
    }

    [Fact]
    public void Extract_KeptMaximalAdapter_AsLargeAsBaseAndAdapterBefore()
    {
        var options = new ExtractionOptions { OutputDir = Output, KeepAdapter = true, DType = ScalarType.BFloat16 };

        var report = ExportRuns.Extract(TinySource.Of("llama", "maximal", _folder), options);

        Assert.Equal(report.SourceBytes, report.ResultBytes);
    }

    [Fact]
    public void Extract_FrontForASubAdapter_RefusedWithTheWayToNameOne()
    {
        var front = _folder.Path("pareto_front.json");
        File.WriteAllText(front, "[]");

        var error = Assert.Throws<InvalidDataException>(() => ExportRuns.Extract(
            TinySource.Of("llama", front, _folder), new ExtractionOptions { OutputDir = Output }));

        var failure = Failure.Of(error);
        ErrorTable.Require("front in place of a sub-adapter", failure.ExitCode, $"error: {failure.Message}");
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Extract_PadToUniform_OrdinaryConfigurationWithTheSameLogits(string family)
    {
        using var scope = NewDisposeScope();
        var source = TinySource.Of(family, "uneven", _folder);

        var report = ExportRuns.Extract(source, new ExtractionOptions { OutputDir = Output, PadToUniform = true });

        Assert.Single(report.MlpWidths.Distinct());
        Assert.False(Config().TryGetProperty("intermediate_sizes", out _));
        Assert.InRange(TinySource.Relative(TinySource.MaskedLogits(source), TinySource.Logits(Output)), 0, 1e-5);
    }

    [Fact]
    public void Extract_UniformWidth_OrdinaryConfiguration()
    {
        ExportRuns.Extract(TinySource.Of("llama", "heuristic", _folder), new ExtractionOptions { OutputDir = Output });

        Assert.Equal(132, Config().GetProperty("intermediate_size").GetInt32());
        Assert.False(Config().TryGetProperty("intermediate_sizes", out _));
    }

    [Fact]
    public void Extract_UnevenWidths_ListedInTheConfigurationAndTheLayout()
    {
        ExportRuns.Extract(TinySource.Of("llama", "uneven", _folder), new ExtractionOptions { OutputDir = Output });

        Assert.Equal(
            [88, 132], Config().GetProperty("intermediate_sizes").EnumerateArray().Select(entry => entry.GetInt32()));
        Assert.Equal("""{"0":{"intermediate_size":88}}""", Config().GetProperty("per_layer_config").GetRawText()
            .Replace("\n", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal));
        var widths = LinearLayout.Load(Output)
            .Linears.Where(linear => linear.Path.EndsWith("up_proj", StringComparison.Ordinal));
        Assert.Equal([88L, 132L], widths.Select(linear => linear.Out));
    }

    [Fact]
    public void Extract_BertHeads_PrunedAsTransformersWritesIt()
    {
        ExportRuns.Extract(TinySource.Of("bert", "uneven", _folder), new ExtractionOptions { OutputDir = Output });

        Assert.Equal("""{"0":[1,2,3],"1":[3]}""", JsonSerializer.Serialize(Config().GetProperty("pruned_heads")));
    }

    [Theory]
    [InlineData(ScalarType.BFloat16, "bfloat16", 2, 5e-2)]
    [InlineData(ScalarType.Float16, "float16", 2, 1e-2)]
    [InlineData(ScalarType.Float32, "float32", 4, 1e-5)]
    public void Extract_DType_WrittenSoAndWithinItsRounding(ScalarType dtype, string name, int size, double tolerance)
    {
        using var scope = NewDisposeScope();
        var source = TinySource.Of("llama", "heuristic", _folder);

        var report = ExportRuns.Extract(source, new ExtractionOptions { OutputDir = Output, DType = dtype });

        Assert.Equal(name, Config().GetProperty("torch_dtype").GetString());
        Assert.Equal(dtype, ModelFolder.Open(Output).CheckpointType);
        Assert.Equal(
            (BaseElements(source.Model) * size) + BytesOfAdapter(source.Adapter!), report.SourceBytes);
        Assert.InRange(TinySource.Relative(TinySource.MaskedLogits(source), TinySource.Logits(Output)), 0, tolerance);
    }

    [Fact]
    public void Extract_SmallShards_IndexNamesEveryTensorAndTheModelLoads()
    {
        using var scope = NewDisposeScope();
        var source = TinySource.Of("llama", "minimal", _folder);

        ExportRuns.Extract(source, new ExtractionOptions { OutputDir = Output, MaxShardSize = 50_000 });

        var shards = Directory.GetFiles(Output, "model-*-of-*.safetensors");
        Assert.True(shards.Length > 3);
        Assert.InRange(TinySource.Relative(TinySource.MaskedLogits(source), TinySource.Logits(Output)), 0, 1e-5);
    }

    [Fact]
    public void Extract_TwiceFromItsOwnOutput_CutsFurther()
    {
        using var scope = NewDisposeScope();
        var source = TinySource.Of("llama", "uneven", _folder);
        ExportRuns.Extract(source, new ExtractionOptions { OutputDir = Output });

        ExportRuns.Extract(
            new OpenOptions { Model = Output },
            new ExtractionOptions { OutputDir = _folder.Path("padded"), PadToUniform = true });

        var logits = TinySource.Logits(_folder.Path("padded"));
        Assert.InRange(TinySource.Relative(TinySource.MaskedLogits(source), logits), 0, 1e-5);
    }

    [Fact]
    public void Extract_ExistingOutput_Refused()
    {
        Directory.CreateDirectory(Output);
        File.WriteAllText(Path.Combine(Output, "notes.txt"), "mine");
        var source = TinySource.Of("llama", "heuristic", _folder);

        var error = Assert.Throws<ArgumentException>(
            () => ExportRuns.Extract(source, new ExtractionOptions { OutputDir = Output }));

        Assert.Contains("exists already", error.Message, StringComparison.Ordinal);
        Assert.Equal(["notes.txt"], Directory.GetFiles(Output).Select(Path.GetFileName));
    }

    [Fact]
    public void Extract_LeavesNoTensors()
    {
        var source = TinySource.Of("llama", "uneven", _folder);
        int run = 0;

        TensorCount.AssertUnchangedBy(
            () => ExportRuns.Extract(source, new ExtractionOptions { OutputDir = _folder.Path($"{run++}") }));
    }

    public void Dispose() => _folder.Dispose();

    private static long BytesOfAdapter(string folder)
    {
        using var weights = SafetensorsFile.Open(Path.Combine(folder, PeftFolder.WeightsFile));
        return weights.Names.Sum(name => TensorShape.Count([.. weights.ShapeOf(name)]) * sizeof(float));
    }

    private static long BytesOfTensors(string folder)
    {
        using var weights = WeightFolder.Open(folder);
        return weights.Names.Sum(name => weights.ShapeOf(name).Aggregate(4L, (product, size) => product * size));
    }

    private static long BaseElements(string folder)
    {
        using var weights = WeightFolder.Open(folder);
        return weights.Names.Where(name => !name.EndsWith("inv_freq", StringComparison.Ordinal))
            .Sum(name => weights.ShapeOf(name).Aggregate(1L, (product, size) => product * size));
    }

    private JsonElement Config() => JsonInput.Load(Path.Combine(Output, "config.json"), "test");
}
