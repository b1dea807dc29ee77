using LoNas.Elastic;
using LoNas.Formats.Nncf;
using LoNas.Tests.Support;

namespace LoNas.Tests.Elastic;

public sealed class CostModelTests
{
    /// <summary>
    /// NNCF's own count for the same model and configuration, at 32 tokens; its FLOPs are twice the MACs.
    /// </summary>
    [Theory]
    [InlineData(new[] { 8, 8, 176, 176, 8, 8 }, 8863744, 138496)]
    [InlineData(new[] { 6, 6, 132, 132, 6, 6 }, 7448576, 116384)]
    [InlineData(new[] { 4, 4, 88, 88, 4, 4 }, 6078464, 94976)]
    [InlineData(new[] { 6, 4, 132, 176, 8, 8 }, 8108032, 126688)]
    [InlineData(new[] { 4, 4, 132, 88, 8, 8 }, 6842368, 106912)]
    public void Of_SubAdapter_EqualsNncf(int[] widths, long flops, long weights)
    {
        var model = new CostModel(TinySearchSpace.Linears()) { Tokens = 32, OtherParameters = 20_800 };
        var cost = model.Of(TinySearchSpace.Bind(), new SubAdapter(widths));
        Assert.Equal((flops, weights), (2 * cost.Macs, cost.Weights));
        Assert.Equal(weights + 20_800, cost.TotalParameters);
    }

    [Fact]
    public void Full_Llama7b_IsThePublishedSize()
    {
        var model = Llama7b();
        Assert.Equal(6_809_980_928, model.Full().TotalParameters);
        Assert.Equal(71_565_312, model.Full().LoraParameters);
    }

    [Fact]
    public void Of_Llama7bReference_IsThePublishedCost()
    {
        var model = Llama7b();
        var space = Bind("nncf_lonas_llama_7b.json", Llama7bLinears());

        Assert.Equal(model.Full(), model.Of(space, space.Maximal));
        AssertRounded(model.Of(space, space.Maximal), 6.7, 1.7);
        AssertRounded(model.Of(space, space.Heuristic), 5.6, 1.4);
        Assert.Equal(256 * (6_809_980_928 - (32000L * 4096) - (65 * 4096)), model.Of(space, space.Maximal).Macs);
    }

    [Fact]
    public void Of_Bloomz7bReference_IsThePublishedCost()
    {
        var linears = ModelLinears.Bloom(30, 4096, 250880, 32, "query_key_value", "dense_h_to_4h", "dense_4h_to_h");
        // The embedding, its LayerNorm, two LayerNorms per layer and the last one.
        long other = (250880L * 4096) + (2 * 4096 * (2 + 60));
        var model = new CostModel(linears) { Tokens = 256, OtherParameters = other, TiedHead = "lm_head" };
        var space = Bind("nncf_lonas_bloomz_7b.json", linears);

        AssertRounded(model.Of(space, space.Maximal), 7.1, 1.8);
        AssertRounded(model.Of(space, space.Heuristic), 6.1, 1.6);
        Assert.Equal(1.56, Math.Round(model.Of(space, space.Heuristic).Macs / 1e12, 2));
        // The published parameter count of BLOOMz-7B1.
        var full = model.Full();
        Assert.Equal(7_069_016_064, full.TotalParameters - full.LoraParameters);
    }

    [Fact]
    public void Of_CutLinearWithBias_LosesItsBiasToo()
    {
        var linears = new Dictionary<string, LinearShape> { ["up"] = new(4, 8, 2, Bias: true) };
        var model = new CostModel(linears) { Tokens = 3, OtherParameters = 5 };

        var cost = model.Of(new Dictionary<string, LinearShape> { ["up"] = new(4, 6, 1, Bias: true) });
        Assert.Equal(new ModelCost(Macs: 3 * 34, Weights: 34, TotalParameters: 34 + 6 + 5, LoraParameters: 10), cost);
    }

    [Fact]
    public void Full_TiedHead_CountsOnceInEachSum()
    {
        var linears = new Dictionary<string, LinearShape> { ["lm_head"] = new(4, 10, 0) };
        var model = new CostModel(linears) { Tokens = 1, OtherParameters = 40, TiedHead = "lm_head" };
        Assert.Equal(new ModelCost(40, 40, 40, 0), model.Full());
    }

    // The embedding, two norms per layer and the last one.
    private static CostModel Llama7b() => new(Llama7bLinears())
    {
        Tokens = 256,
        OtherParameters = (32000L * 4096) + (65 * 4096),
    };

    private static Dictionary<string, LinearShape> Llama7bLinears() => ModelLinears.Llama(
        32, 4096, 11008, 32000, 32, "q_proj", "k_proj", "v_proj", "up_proj", "gate_proj", "down_proj");

    private static SearchSpace Bind(string file, Dictionary<string, LinearShape> linears) =>
        NncfConfiguration.Load(SharedData.Path("reference", "nncf_config", "unified_math", file)).Bind(linears);

    private static void AssertRounded(ModelCost cost, double billionWeights, double teraMacs)
    {
        Assert.Equal(billionWeights, Math.Round(cost.Weights / 1e9, 1));
        Assert.Equal(teraMacs, Math.Round(cost.Macs / 1e12, 1));
    }
}
