using System.Text.Json;
using LoNas.Formats.Peft;
using LoNas.Storage;
using LoNas.Tests.Support;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Tests.Export;

/// <summary>Sub-adapters of cut ranks as PEFT folders for the untouched base.</summary>
public sealed class PeftExportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Output => _folder.Path("peft");

    [Theory]
    [InlineData("llama", """{"width": {"0": 6, "1": 4, "4": 6, "5": 4}}""")]
    [InlineData("bloom", """{"width": {"0": 6, "1": 4, "4": 6, "5": 4}}""")]
    [InlineData("bert", """{"width": {"4": 4}}""")]
    public void Save_CutRanks_FixturesKeysTrainedScalingAndTheMaskedModelsLogits(string family, string widths)
    {
        using var scope = NewDisposeScope();
        var source = Source(family, widths);

        ExportRuns.Peft(source, Output);

        using var fixture = SafetensorsFile.Open(Path.Combine(source.Adapter!, PeftFolder.WeightsFile));
        using var written = SafetensorsFile.Open(Path.Combine(Output, PeftFolder.WeightsFile));
        Assert.Equal(fixture.Names.Order(), written.Names.Order());
        var trained = PeftFolder.LoadOptions(source.Adapter!);
        var options = PeftFolder.LoadOptions(Output);
        Assert.NotEmpty(options.RankPattern.Values);
        Assert.All(fixture.Names.Where(name => name.Contains(".lora_", StringComparison.Ordinal)), name =>
        {
            var path = name["base_model.model.".Length..name.IndexOf(".lora_", StringComparison.Ordinal)];
            Assert.Equal(trained.Scaling, options.ScalingOf(path));
            int dimension = name.EndsWith("lora_A.weight", StringComparison.Ordinal) ? 0 : 1;
            var shape = fixture.ShapeOf(name).ToArray();
            shape[dimension] = options.RankOf(path);
            Assert.Equal(shape, written.ShapeOf(name));
        });
        Assert.InRange(
            TinySource.Relative(TinySource.MaskedLogits(source), TinySource.Logits(source.Model, Output)), 0, 1e-5);
    }

    [Fact]
    public void Save_Maximal_TheTrainedAdapterItself()
    {
        using var scope = NewDisposeScope();
        var source = TinySource.Of("llama", "maximal", _folder);

        ExportRuns.Peft(source, Output);

        using var fixture = SafetensorsFile.Open(Path.Combine(source.Adapter!, PeftFolder.WeightsFile));
        using var written = SafetensorsFile.Open(Path.Combine(Output, PeftFolder.WeightsFile));
        Assert.All(
            fixture.Names, name => Assert.True(fixture.Load(name).equal(written.Load(name)).all().item<bool>(), name));
        var json = JsonInput.Load(Path.Combine(Output, "adapter_config.json"), "test");
        Assert.Equal("{}", JsonSerializer.Serialize(json.GetProperty("rank_pattern")));
        Assert.Equal("{}", JsonSerializer.Serialize(json.GetProperty("alpha_pattern")));
    }

    [Fact]
    public void Save_BaseFromTheHub_NamedAsTheUserDid()
    {
        ExportRuns.Peft(TinySource.Of("llama", "maximal", _folder) with { Name = "org/base" }, Output);

        var json = JsonInput.Load(Path.Combine(Output, "adapter_config.json"), "test");
        Assert.Equal("org/base", json.GetProperty("base_model_name_or_path").GetString());
    }

    [Fact]
    public void Save_CutBase_RefusedWithTheWayThatWorks()
    {
        var error = Assert.Throws<InvalidDataException>(
            () => ExportRuns.Peft(TinySource.Of("llama", "heuristic", _folder), Output));

        Assert.Contains("extract a smaller model", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Output));
    }

    public void Dispose() => _folder.Dispose();

    private OpenOptions Source(string family, string widths)
    {
        var file = _folder.Path("ranks.json");
        File.WriteAllText(file, widths);
        return TinySource.Of(family, file, _folder);
    }
}
