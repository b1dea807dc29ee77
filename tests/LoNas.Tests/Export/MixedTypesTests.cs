using LoNas.Export.Extraction;
using LoNas.Tests.Support;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Tests.Export;

/// <summary>A checkpoint whose body is bfloat16 and whose head and norms are float32.</summary>
public sealed class MixedTypesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Output => _folder.Path("out");

    [Fact]
    public void Extract_AsFloat32_EveryTensorAsExactAsItIsStored()
    {
        using var scope = NewDisposeScope();
        var source = TinySource.Of("llama", "heuristic", _folder) with { Model = Mixed() };

        var report = ExportRuns.Extract(
            source, new ExtractionOptions { OutputDir = Output, DType = ScalarType.Float32 });

        Assert.InRange(report.Check!.Relative, 0, 1e-5);
        Assert.InRange(TinySource.Relative(TinySource.MaskedLogits(source), TinySource.Logits(Output)), 0, 1e-5);
        using var stored = WeightFolder.Open(source.Model);
        using var written = WeightFolder.Open(Output);
        Assert.All(stored.Names.Where(IsWide), name =>
            Assert.True(stored.Load(name).equal(written.Load(name)).all().item<bool>(), name));
    }

    [Fact]
    public void Extract_AsBFloat16_TheCheckSeesTheRoundingOfTheHead()
    {
        var source = new OpenOptions { Model = Mixed() };

        var report = ExportRuns.Extract(source, new ExtractionOptions { OutputDir = Output });

        // The body is bfloat16 already, so the whole difference comes from the head and the norms.
        Assert.InRange(report.Check!.Relative, 1e-4, 5e-2);
    }

    public void Dispose() => _folder.Dispose();

    private static bool IsWide(string name) =>
        name.Contains("norm", StringComparison.Ordinal) || name.StartsWith("lm_head", StringComparison.Ordinal);

    private string Mixed()
    {
        using var scope = NewDisposeScope();
        var folder = Directory.CreateDirectory(_folder.Path("mixed")).FullName;
        File.Copy(Repository.Fixture("llama-tiny", "config.json"), Path.Combine(folder, "config.json"));
        using var weights = WeightFolder.Open(Repository.Fixture("llama-tiny"));
        // Thirds can't be represented in bfloat16.
        SafetensorsWriter.Save(
            Path.Combine(folder, "model.safetensors"),
            [.. weights.Names.Select(name => (name, IsWide(name)
                ? weights.Load(name) / 3
                : weights.Load(name).to(ScalarType.BFloat16)))]);
        return folder;
    }
}
