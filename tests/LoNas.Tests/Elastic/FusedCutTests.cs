using LoNas.Elastic;
using LoNas.Formats.Nncf;
using LoNas.Formats.Peft;
using LoNas.Models;
using LoNas.Storage;
using LoNas.Tests.Support;
using static TorchSharp.torch;

namespace LoNas.Tests.Elastic;

/// <summary>A width of a linear with two parts, gate and up in one matrix: it counts one and cuts both.</summary>
public sealed class FusedCutTests
{
    private const string Path = "model.layers.1.mlp.gate_up_proj";

    [Fact]
    public void ActiveShapes_FusedGateAndUp_CutBothHalves()
    {
        var (_, adapter) = new ModernModel("phi3-tiny").LoadAdapted(elastic: true);
        var space = adapter.Space!;

        var group = space.Groups.First(group => !group.IsRank && group.Members[0].ModulePath == Path);
        Assert.Equal([176, 154, 132, 88], group.Widths);
        var shapes = space.ActiveShapes(space.Minimal);
        Assert.Equal((176, 88, 2), (shapes[Path].Out, shapes[Path].Width, shapes[Path].Parts));
        Assert.Equal(88, shapes["model.layers.1.mlp.down_proj"].In);
    }

    [Fact]
    public void Forward_Cut_IsTheFirstFeaturesOfBothHalves()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var (_, adapter) = new ModernModel("phi3-tiny").LoadAdapted(elastic: true);
        var layer = adapter.Layers[Path];
        var input = randn([3, 64], generator: new Generator(1, CPU));
        var halves = layer.forward(input).chunk(2, -1);

        using var active = adapter.Use(adapter.Space!.Minimal with
        {
            Widths = [.. adapter.Space.Groups.Select(group => group.IsRank ? group.Widths[0] : group.Widths[^1])],
        });

        Close.Absolute(
            cat([halves[0].narrow(1, 0, 88), halves[1].narrow(1, 0, 88)], 1), layer.forward(input), 1e-5);
    }

    [Fact]
    public void Backward_Minimal_GradientsAreZeroOutsideTheActiveParts()
    {
        using var scope = NewDisposeScope();
        var (model, adapter) = new ModernModel("phi3-tiny").LoadAdapted(elastic: true);
        using var active = adapter.Use(adapter.Space!.Minimal);
        model.AllLogits(tensor(new long[] { 5, 17, 9, 200, 31 }).unsqueeze(0)).square().sum().backward();

        using var gradient = adapter.Layers[Path].LoraB!.grad!;
        foreach (var half in gradient.chunk(2, 0))
        {
            Assert.True(half.narrow(0, 0, 88).narrow(1, 0, 4).ne(0).any().item<bool>());
            Assert.False(half.narrow(0, 88, 88).ne(0).any().item<bool>());
            Assert.False(half.narrow(1, 4, 4).ne(0).any().item<bool>());
        }
    }

    [Theory]
    [InlineData(ChannelNorm.L1)]
    [InlineData(ChannelNorm.L2)]
    [InlineData(ChannelNorm.GeometricMedian)]
    public void Reorganize_BothHalves_LeavesOutputsAndGoesBackInStoredAdapters(ChannelNorm norm)
    {
        using var scope = NewDisposeScope();
        var (model, adapter) = new ModernModel("phi3-tiny").LoadAdapted(elastic: true);
        var ids = tensor(new long[] { 5, 17, 9, 200, 31 }).unsqueeze(0);
        var before = model.AllLogits(ids);
        var stored = adapter.Parameters.ToDictionary(entry => entry.Name, entry => entry.Parameter.detach().clone());

        ChannelReorganizer.Reorganize(adapter, norm);

        Close.Absolute(before, model.AllLogits(ids), 1e-4);
        Assert.True(
            Close.LargestDifference(stored[$"{Path}.lora_B.weight"], adapter.Layers[Path].LoraB!) > 1e-4, "rows move");
        Assert.All(adapter.Space!.Groups.Where(group => !group.IsRank), group =>
        {
            var importance = ChannelReorganizer.Importance(adapter, group, norm);
            Assert.Equal(176, importance.Length);
            Assert.All(importance.Zip(importance.Skip(1)), pair => Assert.True(pair.First >= pair.Second - 1e-3));
        });
        // Orders of ranks stay as they are stored; those of the base's channels go back.
        var widths = adapter.ChannelOrder.Original(adapter).ToDictionary(entry => entry.Name, entry => entry.Tensor);
        var (norms, original) = (
            widths[$"{Path}.lora_B.weight"].square().sum(1), stored[$"{Path}.lora_B.weight"].square().sum(1));
        Close.Absolute(original, norms, 1e-5);
    }

    /// <summary>What is dropped of the input is one for both halves, as in PEFT.</summary>
    [Fact]
    public void Forward_Dropout_DropsTheSameForBothHalves()
    {
        using var scope = NewDisposeScope();
        var options = PeftFolder.LoadOptions(new ModernModel("phi3-tiny").AdapterFolder) with { Dropout = 0.5 };
        var (model, adapter) = TinyModels.LoadCausal(new ModernModel("phi3-tiny").Folder, options);
        var layer = adapter.Layers[Path];
        using (no_grad())
        {
            // Up's half of the adapter is gate's, so that the branch adds the same to both.
            layer.LoraB!.normal_(0, 1, new Generator(1, CPU));
            layer.LoraB.narrow(0, 176, 176).copy_(layer.LoraB.narrow(0, 0, 176));
        }

        var input = randn([3, 64], generator: new Generator(1, CPU));
        layer.eval();
        var (plain, scale) = (layer.forward(input), layer.Scaling);
        layer.train();
        var (first, second) = (layer.forward(input) - plain, layer.forward(input) - plain);

        Assert.True(scale > 0);
        foreach (var dropped in new[] { first, second })
        {
            Close.Absolute(dropped.narrow(1, 0, 176), dropped.narrow(1, 176, 176), 1e-4);
        }

        Assert.True(Close.LargestDifference(first, second) > 1e-2, "another pass drops others");
        GC.KeepAlive(model);
    }

    [Fact]
    public void Bind_WidthOfTheWholeMatrix_IsRefused()
    {
        var model = new ModernModel("phi3-tiny");
        var layout = LinearLayout.Load(model.Folder);
        var linears = AdaptedLinears.Of(layout, PeftFolder.LoadOptions(model.AdapterFolder));
        var text = NncfWriter.Write(layout, NncfRecipe.For(NncfPreset.Math, layout) with { Ranks = [8, 4] })
            .ToJsonString().Replace("[176,154,132,110,88]", "[352,176]", StringComparison.Ordinal);

        var error = Assert.Throws<InvalidDataException>(
            () => NncfConfiguration.Parse(JsonInput.Parse(text, "test"), "test").Bind(linears));

        Assert.Contains("starts at 352; it must start at the full width 176", error.Message, StringComparison.Ordinal);
    }
}
