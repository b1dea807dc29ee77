using LoNas.Elastic;
using LoNas.Formats.Nncf;
using LoNas.Runtime;
using LoNas.Tests.Support;

namespace LoNas.Tests.Elastic;

public sealed class SearchSpaceTests
{
    private static readonly SearchSpace Tiny = TinySearchSpace.Bind();

    [Fact]
    public void Named_ThreeNames_TakeFirstMiddleAndLast()
    {
        Assert.Equal([8, 8, 176, 176, 8, 8], Tiny.Named("maximal").Widths);
        Assert.Equal([6, 6, 132, 132, 6, 6], Tiny.Named("heuristic").Widths);
        Assert.Equal([4, 4, 88, 88, 4, 4], Tiny.Named("minimal").Widths);
    }

    [Fact]
    public void Heuristic_ListOfEvenLength_TakesTheLargerMiddle()
    {
        var configuration = TinySearchSpace.Parse(("[8, 6, 4]", "[8, 6]"), ("[176, 132, 88]", "[176, 132, 88, 44]"));
        Assert.Equal([8, 8, 132, 132, 8, 8], configuration.Bind(TinySearchSpace.Linears()).Heuristic.Widths);
    }

    [Fact]
    public void Random_WidthIndicatorBeyondLists_DrawsEveryWidthAlike()
    {
        var counts = Tiny.Groups.Select(group => group.Widths.ToDictionary(width => width, _ => 0)).ToList();
        var random = new SeededRandom(1);
        for (int i = 0; i < 3000; i++)
        {
            var widths = Tiny.Random(random, 5).Widths;
            for (int group = 0; group < widths.Count; group++)
            {
                counts[group][widths[group]]++;
            }
        }

        // Six standard deviations of a binomial draw with probability 1/3.
        Assert.All(counts.SelectMany(group => group.Values), count => Assert.InRange(count, 845, 1155));
    }

    [Theory]
    [InlineData(1, new[] { 8 })]
    [InlineData(2, new[] { 6, 8 })]
    public void Random_SmallWidthIndicator_DrawsFirstEntriesOnly(int indicator, int[] expected)
    {
        var random = new SeededRandom(1);
        var drawn = Enumerable.Range(0, 100).Select(_ => Tiny.Random(random, indicator).Widths[0]).Distinct().Order();
        Assert.Equal(expected, drawn);
    }

    [Fact]
    public void ActiveShapes_Maximal_IsTheWholeModel() =>
        Assert.Equal(TinySearchSpace.Linears(), Tiny.ActiveShapes(Tiny.Maximal));

    [Fact]
    public void ActiveShapes_Groups_CutRanksOutputsAndTheConsumersInput()
    {
        var active = Tiny.ActiveShapes(new SubAdapter([4, 8, 132, 176, 8, 6]));

        Assert.Equal(new LinearShape(64, 64, 4), active["model.layers.0.self_attn.k_proj"]);
        Assert.Equal(new LinearShape(64, 64, 0), active["model.layers.0.self_attn.o_proj"]);
        Assert.Equal(new LinearShape(64, 132, 8), active["model.layers.0.mlp.gate_proj"]);
        Assert.Equal(new LinearShape(64, 132, 8), active["model.layers.0.mlp.up_proj"]);
        Assert.Equal(new LinearShape(132, 64, 8), active["model.layers.0.mlp.down_proj"]);
        Assert.Equal(new LinearShape(64, 64, 8), active["model.layers.1.self_attn.k_proj"]);
        Assert.Equal(new LinearShape(64, 176, 6), active["model.layers.1.mlp.up_proj"]);
        Assert.Equal(new LinearShape(176, 64, 8), active["model.layers.1.mlp.down_proj"]);
        Assert.Equal(new LinearShape(64, 320, 0), active["lm_head"]);
    }

    [Fact]
    public void ActiveShapes_WidthOutsideItsList_NamesGroupWidthAndList()
    {
        var error = Assert.Throws<ArgumentException>(() => Tiny.ActiveShapes(new SubAdapter([8, 7, 176, 176, 8, 8])));
        Assert.Contains("Width 7 of group 1, 'model.layers.1.self_attn.q_proj' (lora_A), is not in its list [8, 6, 4]",
            error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ActiveShapes_Bloom_CutsTheMlpOnBothSides()
    {
        var path = SharedData.Path("reference", "nncf_config", "unified_math", "nncf_lonas_bloomz_7b.json");
        var space = NncfConfiguration.Load(path).Bind(
            ModelLinears.Bloom(30, 4096, 250880, 32, "query_key_value", "dense_h_to_4h", "dense_4h_to_h"));

        var active = space.ActiveShapes(space.Minimal);
        Assert.Equal(new LinearShape(4096, 12288, 28, true), active["transformer.h.29.self_attention.query_key_value"]);
        Assert.Equal(new LinearShape(4096, 8192, 28, true), active["transformer.h.29.mlp.dense_h_to_4h"]);
        Assert.Equal(new LinearShape(8192, 4096, 32, true), active["transformer.h.29.mlp.dense_4h_to_h"]);
    }

    [Fact]
    public void ActiveShapes_Llama13b_CutsTheGateWithoutAdapter()
    {
        var path = SharedData.Path("reference", "nncf_config", "unified_math", "nncf_lonas_llama_13b.json");
        var space = NncfConfiguration.Load(path).Bind(ModelLinears.Llama(
            40, 5120, 13824, 32000, 32, "q_proj", "k_proj", "v_proj", "up_proj", "down_proj"));

        var active = space.ActiveShapes(space.Heuristic);
        Assert.Equal(new LinearShape(5120, 10368, 0), active["model.layers.39.mlp.gate_proj"]);
        Assert.Equal(new LinearShape(5120, 10368, 32), active["model.layers.39.mlp.up_proj"]);
        Assert.Equal(new LinearShape(10368, 5120, 32), active["model.layers.39.mlp.down_proj"]);
    }

    [Theory]
    [InlineData("nncf_lonas_bert_base_rte.json")]
    [InlineData("nncf_lonas_bert_base_mrpc.json")]
    public void ActiveShapes_Bert_CutsHeadsAndBothDenses(string file)
    {
        var space = NncfConfiguration.Load(SharedData.Path("reference", "nncf_config", "glue", file))
            .Bind(ModelLinears.Bert(12, 768, 3072, 8, "query", "value"), headSize: 64);

        var active = space.ActiveShapes(space.Minimal);
        Assert.Equal(new LinearShape(768, 384, 2, true), active["bert.encoder.layer.0.attention.self.query"]);
        Assert.Equal(new LinearShape(768, 384, 0, true), active["bert.encoder.layer.0.attention.self.key"]);
        Assert.Equal(new LinearShape(384, 768, 0, true), active["bert.encoder.layer.0.attention.output.dense"]);
        Assert.Equal(new LinearShape(768, 150, 0, true), active["bert.encoder.layer.11.intermediate.dense"]);
        Assert.Equal(new LinearShape(150, 768, 0, true), active["bert.encoder.layer.11.output.dense"]);
        Assert.Equal(new LinearShape(768, 768, 0, true), active["bert.pooler.dense"]);
    }
}
